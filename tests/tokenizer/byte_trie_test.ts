import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ByteTrie } from "../../src/tokenizer/byte_trie.ts";
import { Fuzz } from "../fuzz.ts";

describe("ByteTrie", () => {
  it("finds all of many keys, and nothing else", () => {
    const fuzz = new Fuzz("byte trie");
    const trie = new ByteTrie();
    const ids = new Map<string, number>();
    for (let id = 1; id <= 20_000; id++) {
      const key = fuzz.bytes(2 + fuzz.below(3));
      trie.set(key, id);
      ids.set(key.join(), id);
    }
    for (const [key, id] of ids) {
      assert.equal(trie.longest(Uint8Array.from(key.split(","), Number), 0), id);
    }
    for (let round = 0; round < 20_000; round++) {
      const text = fuzz.bytes(4);
      const expected = ids.get(text.join()) ?? ids.get(text.subarray(0, 3).join()) ??
        ids.get(text.subarray(0, 2).join()) ?? 0;
      assert.equal(trie.longest(text, 0), expected);
    }
  });

  it("replaces the id of an existing key", () => {
    const trie = new ByteTrie();
    trie.set(Uint8Array.of(1, 2), 5);
    trie.set(Uint8Array.of(1, 2), 4);
    assert.equal(trie.longest(Uint8Array.of(1, 2), 0), 4);
  });

  it("stops at the end of the text", () => {
    const trie = new ByteTrie();
    trie.set(Uint8Array.of(1, 2, 3), 5);
    assert.equal(trie.longest(Uint8Array.of(0, 1, 2), 1), 0);
    assert.equal(trie.longest(Uint8Array.of(0, 1, 2), 3), 0);
  });
});
