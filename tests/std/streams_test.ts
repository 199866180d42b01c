import {
  LimitedBytesTransformStream,
  TextLineStream,
  toArrayBuffer,
  toJson,
  toText,
} from "@std/streams";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

function bytes(...chunks: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
}

describe("TextLineStream", () => {
  const lines = (chunks: string[], options?: { allowCR?: boolean }) =>
    Array.fromAsync(ReadableStream.from(chunks).pipeThrough(new TextLineStream(options)));

  it("splits at line feeds, with or without a carriage return, and keeps empty lines", async () => {
    assert.deepEqual(await lines(["a\r\n\nb\nc"]), ["a", "", "b", "c"]);
    assert.deepEqual(await lines(["a\n"]), ["a"]);
    assert.deepEqual(await lines([]), []);
  });

  it("splits at a lone carriage return only with allowCR", async () => {
    assert.deepEqual(await lines(["a\rb\n"]), ["a\rb"]);
    assert.deepEqual(await lines(["a\rb\r\nc\r"], { allowCR: true }), ["a", "b", "c"]);
  });

  it("yields the same lines however the text is chunked", async () => {
    const text = "one\r\ntwo\n\r\nthree\rfour\n\nfive";
    for (const allowCR of [false, true]) {
      const whole = await lines([text], { allowCR });
      for (let cut = 1; cut < text.length; cut++) {
        const parts = [text.slice(0, cut), text.slice(cut)];
        assert.deepEqual(await lines(parts, { allowCR }), whole, `cut at ${cut}`);
      }
      assert.deepEqual(await lines([...text], { allowCR }), whole);
    }
  });
});

describe("LimitedBytesTransformStream", () => {
  const limit = (size: number, options?: { error?: boolean }) =>
    toText(bytes("1234", "5678").pipeThrough(new LimitedBytesTransformStream(size, options)));

  it("passes everything up to the limit", async () => {
    assert.equal(await limit(8, { error: true }), "12345678");
  });

  it("ends before the chunk that exceeds the limit", async () => {
    assert.equal(await limit(7), "1234");
  });

  it("throws a RangeError with the option error", async () => {
    await assert.rejects(limit(7, { error: true }), RangeError);
  });
});

describe("toText, toJson and toArrayBuffer", () => {
  it("decode characters split across chunks", async () => {
    const euro = new TextEncoder().encode("€");
    const stream = ReadableStream.from([euro.subarray(0, 1), euro.subarray(1)]);
    assert.equal(await toText(stream), "€");
  });

  it("parse JSON and reject invalid JSON", async () => {
    assert.deepEqual(await toJson(bytes('{"a":', "1}")), { a: 1 });
    await assert.rejects(toJson(bytes('{"a":')), SyntaxError);
  });

  it("concatenate chunks of bytes", async () => {
    assert.deepEqual(
      new Uint8Array(await toArrayBuffer(bytes("ab", "", "c"))),
      new TextEncoder().encode("abc"),
    );
  });
});
