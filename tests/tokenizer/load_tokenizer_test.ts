import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { NeoxTokenizer } from "../../src/tokenizer/neox_tokenizer.ts";
import { VocabularyError } from "../../src/tokenizer/vocabulary_error.ts";
import { WorldTokenizer } from "../../src/tokenizer/world_tokenizer.ts";
import { neoxJson } from "./neox_json.ts";
import { singleByteLines } from "./single_byte_lines.ts";

const encoder = new TextEncoder();
const world = encoder.encode(singleByteLines().join("\n"));
const neox = encoder.encode(JSON.stringify(neoxJson()));

describe("loadTokenizer", () => {
  it("creates a tokenizer of each kind", async () => {
    assert(await loadTokenizer("byte", undefined) instanceof ByteTokenizer);
    assert(await loadTokenizer("rwkv_world", world) instanceof WorldTokenizer);
    assert(await loadTokenizer("neox_bpe", neox) instanceof NeoxTokenizer);
  });

  for (const kind of ["rwkv_world", "neox_bpe"] as const) {
    it(`rejects ${kind} without a vocabulary file`, async () => {
      await assert.rejects(loadTokenizer(kind, undefined), {
        name: "VocabularyError",
        message: new RegExp(`${kind}.*needs a vocabulary file`),
      });
    });
  }

  it("rejects a vocabulary of another kind", async () => {
    await assert.rejects(loadTokenizer("rwkv_world", neox), VocabularyError);
    await assert.rejects(loadTokenizer("neox_bpe", world), VocabularyError);
  });
});
