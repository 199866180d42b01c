import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import type { Inference } from "../../src/engine/inference.ts";
import { SeparateInference } from "../../src/engine/separate_inference.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { Decays } from "../../src/look/decays.ts";
import { look } from "../../src/look/look.ts";
import { summarizeState } from "../../src/response/state_summary.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

const MODELS = new URL("../../models/", import.meta.url).pathname;
const signal = new AbortController().signal;

for (const model of ["tern-7m", "tern-7m-rwkv4"]) {
  describe(`look, ${model}`, () => {
    let inference: Inference;
    let tokenizer: Tokenizer;
    let decays: Decays | undefined;

    beforeAll(async () => {
      const folder = `${MODELS}${model}`;
      tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(`${folder}/vocab.txt`));
      const checkpoint = await openWeights(`${folder}/model.safetensors`);
      const engine = await SimdEngine.load(checkpoint);
      decays = await Decays.read(checkpoint, engine.config);
      checkpoint.close();
      inference = new SeparateInference(engine, tokenizer);
    });
    afterAll(() => inference.close());

    it("tells the same of a text as reading it in one piece", async () => {
      const tokens = tokenizer.encode("Once upon a time there was a cat.");
      const found = await look({ inference, decays, tokens, top: 3, signal });
      const sequence = inference.open();
      const logits = await sequence.read(tokens, signal);
      const { wkv, shift } = summarizeState(await sequence.state());
      sequence.close();
      assert.deepEqual([found.wkv, found.shift], [wkv, shift]);
      assert.deepEqual(found.tokens.map(({ id }) => id), tokens);
      assert.equal(found.tokens[0]!.logprob, null);
      assert.ok(found.tokens.slice(1).every(({ logprob }) => logprob! < 0));
      assert.equal(found.next.length, 3);
      assert.equal(found.next[0]!.token, logits.indexOf(Math.max(...logits)));
    });

    it("gives rising quantiles of half-lives for each layer", async () => {
      const tokens = tokenizer.encode("A dog ran home.");
      const found = await look({ inference, decays, tokens, top: 1, signal });
      assert.equal(found.half_lives!.length, 6);
      for (const row of found.half_lives!) {
        assert.equal(row.length, 33);
        assert.deepEqual(row, row.toSorted((a, b) => a - b));
        assert.ok(row[0]! > 0 && Number.isFinite(row[32]!));
      }
    });

    it("depends on the text only where the decays do", async () => {
      const [one, other] = await Promise.all(
        ["A dog ran home.", "2 + 3 = 5"].map((text) =>
          look({ inference, decays, tokens: tokenizer.encode(text), top: 1, signal })
        ),
      );
      const isSame = JSON.stringify(one!.half_lives) === JSON.stringify(other!.half_lives);
      assert.equal(isSame, !one!.decays_depend_on_tokens);
      assert.equal(one!.decays_depend_on_tokens, model === "tern-7m");
    });

    it("reads the tokens before the last ones in one piece, and ends in the same state", async () => {
      const tokens = tokenizer.encode("Once upon a time there was a cat.");
      const whole = await look({ inference, tokens, top: 2, signal });
      const part = await look({ inference, tokens, top: 2, last: 2, signal });
      assert.equal(whole.half_lives, null);
      assert.deepEqual([part.wkv, part.next], [whole.wkv, whole.next]);
      assert.deepEqual(part.tokens.slice(-2), whole.tokens.slice(-2));
      assert.ok(part.tokens.slice(0, -2).every(({ logprob }) => logprob === null));
    });

    it("ends when it is aborted", async () => {
      const tokens = tokenizer.encode("Once upon a time");
      const reason = new Error("enough");
      await assert.rejects(
        look({ inference, decays, tokens, top: 1, signal: AbortSignal.abort(reason) }),
        reason,
      );
    });
  });
}
