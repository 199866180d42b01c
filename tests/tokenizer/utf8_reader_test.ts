import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { InvalidUtf8Error, Utf8Reader } from "../../src/tokenizer/utf8_reader.ts";

const encoder = new TextEncoder();

describe("Utf8Reader", () => {
  it("decodes the text, one byte at a time or all at once", () => {
    const text = "\ufeffaé€😀\u0000z";
    const bytes = encoder.encode(text);
    const slow = new Utf8Reader();
    const pieces = [...bytes].map((byte) => slow.push(Uint8Array.of(byte)));
    slow.end();
    assert.equal(pieces.join(""), text);
    assert.equal(slow.offset, bytes.length);
    assert.equal(new Utf8Reader().push(bytes), text);
  });

  it("reports the offset of an invalid byte, however the bytes are chunked", () => {
    for (
      const [bytes, at] of [
        [[0xff], 0],
        [[0x61, 0x80], 1],
        [[0x61, 0xc3, 0x28], 1],
        [[0x61, 0xc3, 0xa9, 0xed, 0xa0, 0x80], 3],
        [[0xf0, 0x9f, 0x98, 0x41], 0],
        [[0xc0, 0x80], 0],
      ] as const
    ) {
      for (let cut = 0; cut <= bytes.length; cut++) {
        const reader = new Utf8Reader(100);
        assert.throws(
          () => {
            reader.push(Uint8Array.from(bytes.slice(0, cut)));
            reader.push(Uint8Array.from(bytes.slice(cut)));
          },
          (error) => error instanceof InvalidUtf8Error && error.offset === 100 + at,
          `${bytes} at ${cut}`,
        );
      }
    }
  });

  it("rejects an incomplete character at the end", () => {
    const reader = new Utf8Reader();
    reader.push(Uint8Array.of(0x61, 0xe2, 0x82));
    assert.throws(() => reader.end(), { name: "InvalidUtf8Error", offset: 1 });
  });
});
