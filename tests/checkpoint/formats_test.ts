import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { findWeights } from "../../src/checkpoint/find_file.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { firstState } from "../../src/engine/engine.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import { maxDifference } from "../engine/goldens.ts";
import { hasShared, shared } from "../shared.ts";

const FORMATS = "conformance/formats/";

const goldenSchema = z.object({
  file: z.string(),
  version: z.string(),
  L: z.int(),
  D: z.int(),
  V: z.int(),
  bound: z.number(),
  bound_if_dequantised: z.number().optional(),
  cases: z.array(
    z.object({ source: z.string(), tokens: z.array(z.int()), logits: z.array(z.number()) }),
  ),
});

type Golden = z.infer<typeof goldenSchema>;

function readGoldens(): Golden[] {
  const folder = shared(`${FORMATS}goldens/`);
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort().map((name) =>
    goldenSchema.parse(JSON.parse(Deno.readTextFileSync(folder + name)))
  );
}

/** The largest error of a case, over its largest logit. */
async function errorOf(golden: Golden): Promise<number> {
  const path = shared(FORMATS + golden.file);
  const weights = await findWeights(path);
  assert.ok(weights !== undefined, `${path} has weights`);
  const checkpoint = await openWeights(weights);
  const engine = await loadEngine(checkpoint, { engine: "auto", weights: "f32", threads: 1 });
  try {
    const { version, n_layer, n_embd, vocab_size } = engine.config;
    assert.deepEqual(
      { version, n_layer, n_embd, vocab_size },
      { version: golden.version, n_layer: golden.L, n_embd: golden.D, vocab_size: golden.V },
    );
    let worst = 0;
    for (const { source, tokens, logits } of golden.cases) {
      // llama.cpp rounds activations: its logits are further from the weights than the bound.
      if (source !== "oracle64") continue;
      const [result] = await engine.forward([{ state: firstState(engine), tokens }]);
      const largest = logits.reduce((max, logit) => Math.max(max, Math.abs(logit)), 0);
      worst = Math.max(worst, maxDifference(result!.logits, logits) / largest);
    }
    return worst;
  } finally {
    await engine.close();
    checkpoint.close();
  }
}

describe("files as other programs write them", { ignore: !hasShared }, () => {
  for (const golden of hasShared ? readGoldens() : []) {
    it(`${golden.file} gives the logits of its golden`, async () => {
      const bound = golden.bound_if_dequantised ?? golden.bound;
      const error = await errorOf(golden);
      assert.ok(error <= bound, `${error} is above ${bound}`);
    });
  }
});
