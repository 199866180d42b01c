import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { encodeAll } from "../../src/tokenizer/encode_all.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

const VOCABULARIES = new URL("../../models/vocabularies/", import.meta.url);
const read = (name: string) => Deno.readFileSync(new URL(name, VOCABULARIES));
const TOKENIZERS: readonly (readonly [name: string, tokenizer: Tokenizer])[] = [
  ["World", await loadTokenizer("rwkv_world", read("rwkv_vocab_v20230424.txt"))],
  ["20B", await loadTokenizer("neox_bpe", read("20B_tokenizer.json"))],
  ["bytes", new ByteTokenizer()],
];
const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ["one letter", "a".repeat(1_000_000)],
  ["line breaks", "\n".repeat(1_000_000)],
  ["words", "the quick brown fox ".repeat(50_000)],
];

/** Steps that a megabyte is encoded in, at the least: each is a fraction of a millisecond, or a few of them. */
const LEAST_STEPS = 15;

describe("encodeAll", () => {
  for (const [vocabulary, tokenizer] of TOKENIZERS) {
    for (const [name, text] of TEXTS) {
      it(`encodes a megabyte of ${name} in steps, with the tokens of ${vocabulary}`, async () => {
        let steps = 0;
        const encoding = tokenizer.encoding(text);
        let step = encoding.next();
        for (; !step.done; step = encoding.next()) steps++;
        assert(steps >= LEAST_STEPS, `${steps} steps`);
        assert.deepEqual(step.value, tokenizer.encode(text));
        assert.deepEqual(await encodeAll(tokenizer, ["", text]), [[], step.value]);
      });
    }
  }

  it("ends with its signal", async () => {
    const [, [, tokenizer]] = TOKENIZERS as [unknown, (typeof TOKENIZERS)[number]];
    const reason = new Error("left");
    await assert.rejects(encodeAll(tokenizer, [TEXTS[0]![1]], AbortSignal.abort(reason)), reason);
  });
});
