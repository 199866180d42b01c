import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { scoreDocuments } from "../../scripts/eval/score.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import type { OrtRuntime } from "../../src/engine/ort/runtime.ts";
import { ORT_WEIGHT_FORMATS } from "../../src/engine/ort/weight_format.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import type { RwkvVersion } from "../../src/state/layout.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { maxDifference } from "./goldens.ts";

/** No multiples of what kernels take at a time, where that may be. */
const SIZES = {
  V: 301,
  D: 48,
  F: 100,
  H: 2,
  N: 24,
  M: 12,
  "5M": 60,
  R: 20,
  dw: 8,
  da: 12,
} as const;

const TEXT = "Once upon a time there was a little girl named Lucy. She had a cat. The cat sat on " +
  "the mat.\n\nUser: Hi! How are you?\n\nAssistant: I am fine, thank you. What is your name?";

/**
 * What an engine on onnxruntime must do with int8 weights.
 *
 * @param exact versions whose float32 sums are the same in any split. In others their last bit decides, now and then,
 * how an activation is rounded.
 */
export function ortInt8Suite(
  name: string,
  runtime: OrtRuntime,
  exact: readonly RwkvVersion[],
): void {
  describe(`${name}: int8`, () => {
    for (const version of ["4", "5.1", "5.2", "6", "7"] as const) {
      const tolerance = exact.includes(version) ? 0 : 0.02;
      const same = tolerance === 0 ? "the same bits" : "about the same numbers";
      it(`gives RWKV-${version} ${same} in any split and any batch`, async () => {
        const sizes = { ...SIZES, dv: 4, dg: 20 };
        const checkpoint = new RandomCheckpoint({ version, n_layer: 2, sizes });
        const engine = await OrtEngine.load(checkpoint, runtime, { weights: "int8" });
        try {
          const random = new SeededRandom(5);
          const tokens = Array.from({ length: 70 }, () => Math.floor(random.next() * SIZES.V));
          const empty = RecurrentState.empty(engine.layout);
          const [whole] = await engine.forward([{ state: empty, tokens }]);
          assert.ok(whole!.logits.every(Number.isFinite));

          let state = empty;
          let logits = new Float32Array();
          for (const token of tokens) {
            const [step] = await engine.forward([{ state, tokens: [token] }]);
            ({ state, logits } = step!);
          }
          const reads = [tokens, [1], [2], tokens].map((tokens) => ({ state: empty, tokens }));
          const batch = await engine.forward(reads);
          for (const [what, other] of [["steps", logits], ["batch", batch[3]!.logits]] as const) {
            const difference = maxDifference(other, whole!.logits);
            const size = whole!.logits.reduce((size, x) => Math.max(size, Math.abs(x)), 0);
            assert.ok(difference <= tolerance * size, `${what}: off by ${difference} of ${size}`);
          }
        } finally {
          await engine.close();
        }
      });
    }

    it("predicts text within half a percent of f32, and says which it is", async () => {
      const folder = await readModelFolder(
        new URL("../../models/tern-7m", import.meta.url).pathname,
      );
      const vocabulary = await Deno.readFile(folder.vocabPath!);
      const tokenizer = await loadTokenizer(folder.config.tokenizer, vocabulary);
      const documents = [tokenizer.encode(TEXT)];
      const scores: number[] = [];
      for (const weights of ORT_WEIGHT_FORMATS) {
        const checkpoint = await openCheckpoint(
          await openFile(folder.weightsPath),
          folder.weightsPath,
        );
        const engine = await OrtEngine.load(checkpoint, runtime, { weights });
        checkpoint.close();
        const [nats] = await scoreDocuments(engine, documents, { endOfText: 0, batch: 1 });
        assert.match(engine.fingerprint, new RegExp(`/ort-.*/${weights}$`));
        scores.push(nats!);
        await engine.close();
      }
      const [f32, int8] = scores as [number, number];
      assert.ok(Math.abs(int8 / f32 - 1) < 5e-3, `${int8} nats, not ${f32}`);
      assert.notEqual(int8, f32);
    });
  });
}
