import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Detokenizer } from "../../src/tokenizer/detokenizer.ts";
import { Fuzz } from "../fuzz.ts";

/** Decodes all bytes at once, without an incomplete character at the end. */
function decodeWhole(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** UTF-8 with a few corrupted bytes. */
function nearlyUtf8(fuzz: Fuzz): Uint8Array {
  const bytes = new TextEncoder().encode(fuzz.text(fuzz.below(8)));
  for (let i = fuzz.below(4); i > 0 && bytes.length > 0; i--) {
    bytes[fuzz.below(bytes.length)] = fuzz.pick([
      0x80,
      0xbf,
      0xc0,
      0xe0,
      0xed,
      0xf0,
      0xf4,
      0xf8,
      0xff,
      0x41,
    ]);
  }
  return bytes.subarray(0, fuzz.below(bytes.length + 1));
}

describe("Detokenizer", () => {
  it("yields the same text for every split in two and for single bytes", () => {
    const bytes = new TextEncoder().encode("a é € 😀\ufeff\0 한국어 👩‍👩‍👧‍👦");
    const whole = decodeWhole(bytes);
    for (let split = 0; split <= bytes.length; split++) {
      const detokenizer = new Detokenizer();
      const text = detokenizer.push(bytes.subarray(0, split)) +
        detokenizer.push(bytes.subarray(split));
      assert.equal(text, whole);
      assert.equal(detokenizer.pending, false);
    }
    const single = new Detokenizer();
    assert.equal(Array.from(bytes, (byte) => single.push(Uint8Array.of(byte))).join(""), whole);
  });

  it("never yields half a surrogate pair", () => {
    const detokenizer = new Detokenizer();
    for (const byte of new TextEncoder().encode("😀😁x🇫🇷")) {
      assert(detokenizer.push(Uint8Array.of(byte)).isWellFormed());
    }
  });

  it("replaces invalid bytes like TextDecoder, however the bytes are chunked", () => {
    const fuzz = new Fuzz("detokenizer");
    for (let round = 0; round < 3000; round++) {
      const bytes = fuzz.next() < 0.2 ? fuzz.bytes(fuzz.below(12)) : nearlyUtf8(fuzz);
      const detokenizer = new Detokenizer();
      let text = "";
      for (let at = 0; at < bytes.length;) {
        const length = 1 + fuzz.below(4);
        text += detokenizer.push(bytes.subarray(at, at + length));
        at += length;
        // Yields text as early as a decoder can.
        assert.equal(text, decodeWhole(bytes.subarray(0, at)), `bytes ${bytes}`);
      }
      const all = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      assert.equal(detokenizer.pending, text !== all, `bytes ${bytes}`);
    }
  });

  it("keeps a byte order mark, even at the start", () => {
    assert.equal(new Detokenizer().push(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
  });

  it("reports an incomplete character as pending, and drops it at the end", () => {
    const detokenizer = new Detokenizer();
    assert.equal(detokenizer.pending, false);
    assert.equal(detokenizer.push(Uint8Array.of(0x61, 0xf0, 0x9f, 0x98)), "a");
    assert.equal(detokenizer.pending, true);
    assert.equal(detokenizer.end(), "");
    assert.equal(detokenizer.pending, false);
    assert.equal(detokenizer.push(Uint8Array.of(0x62)), "b");
  });

  it("holds nothing back for a token without bytes", () => {
    const detokenizer = new Detokenizer();
    assert.equal(detokenizer.push(new Uint8Array()), "");
    assert.equal(detokenizer.pending, false);
  });

  it("is unaffected when the caller reuses the array", () => {
    const detokenizer = new Detokenizer();
    const bytes = Uint8Array.of(0xc3);
    detokenizer.push(bytes);
    bytes[0] = 0;
    assert.equal(detokenizer.push(Uint8Array.of(0xa9)), "é");
  });
});
