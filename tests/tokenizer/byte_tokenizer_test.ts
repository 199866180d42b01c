import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { Fuzz } from "../fuzz.ts";
import { decodeAll } from "./decode_all.ts";

describe("ByteTokenizer", () => {
  const tokenizer = new ByteTokenizer();

  it("encodes each byte as the token of the same id", () => {
    assert.equal(tokenizer.vocabSize, 256);
    assert.deepEqual(tokenizer.encode("a\0é😀"), [0x61, 0, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80]);
    assert.deepEqual([...tokenizer.bytes(255)], [255]);
  });

  it("returns no bytes for ids beyond the vocabulary", () => {
    assert.deepEqual(tokenizer.bytes(256), new Uint8Array());
  });

  it("encodes texts of any length", () => {
    assert.equal(tokenizer.encode("x".repeat(1_000_000)).length, 1_000_000);
  });

  it("round-trips every text", () => {
    const fuzz = new Fuzz("byte round trip");
    for (let round = 0; round < 200; round++) {
      const text = fuzz.text(fuzz.below(40));
      assert.equal(decodeAll(tokenizer, tokenizer.encode(text)), text.toWellFormed());
    }
  });
});
