import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type SseMessage, SseStream } from "../../src/stream/sse.ts";
import { SseParserStream } from "../../src/stream/sse_parser.ts";
import { Fuzz } from "../fuzz.ts";

function parse(...chunks: (string | Uint8Array<ArrayBuffer>)[]): Promise<SseMessage[]> {
  return Array.fromAsync(ReadableStream.from(chunks).pipeThrough(new SseParserStream()));
}

/** As the examples and rules of the HTML standard have it. */
const cases: [text: string, messages: SseMessage[]][] = [
  ["data: YHOO\ndata: +2\ndata: 10\n\n", [{ data: "YHOO\n+2\n10" }]],
  ["data\n\ndata\ndata\n\ndata:", [{ data: "" }, { data: "\n" }]],
  ["data:test\n\ndata: test\n\ndata:  test\n\n", [{ data: "test" }, { data: "test" }, {
    data: " test",
  }]],
  [": comment\n\ndata: a\n: comment\nid: 1\nretry: 5\nfoo: bar\n\n", [{ data: "a" }]],
  ["event: x\ndata: a\n\ndata: b\n\n", [{ event: "x", data: "a" }, { data: "b" }]],
  ["event: x\n\ndata: a\n\n", [{ data: "a" }]],
  ["event: x\nevent: y\ndata: a\n\n", [{ event: "y", data: "a" }]],
  ["event:\ndata: a\n\n", [{ data: "a" }]],
  ["data: a:b: c\n\n", [{ data: "a:b: c" }]],
  ["Data: a\n data: b\ndata : c\ndata: d\n\n", [{ data: "d" }]],
  ["\ufeffdata: a\n\n", [{ data: "a" }]],
  ["data: é😀\u2028\u0085\n\n", [{ data: "é😀\u2028\u0085" }]],
  ["data: a\n\ndata: cut off\n", [{ data: "a" }]],
  ["\n\n\n", []],
  ["", []],
];

describe("SseParserStream", () => {
  for (const [text, messages] of cases) {
    it(`reads ${JSON.stringify(text)}, whatever ends the lines and wherever the chunks break`, async () => {
      for (const end of ["\n", "\r\n", "\r"]) {
        const bytes = new TextEncoder().encode(text.replaceAll("\n", end));
        assert.deepEqual(await parse(bytes), messages);
        assert.deepEqual(
          await parse(...Array.from(bytes, (byte) => Uint8Array.of(byte))),
          messages,
        );
        for (let split = 1; split < bytes.length; split++) {
          assert.deepEqual(await parse(bytes.slice(0, split), bytes.slice(split)), messages);
        }
      }
      assert.deepEqual(await parse(text), messages);
    });
  }

  it("gives an event before the next one begins", async () => {
    const { readable, writable } = new SseParserStream();
    const writer = writable.getWriter();
    const reader = readable.getReader();
    const written = writer.write("data: 1\n\n");
    assert.deepEqual(await reader.read(), { value: { data: "1" }, done: false });
    await written;
    await reader.cancel();
    await assert.rejects(writer.closed.then(() => writer.write("data: 2\n\n")));
  });

  it("reads back what SseStream writes", async () => {
    const fuzz = new Fuzz("SSE round trip");
    const messages = Array.from({ length: 300 }, (): SseMessage => {
      const data = fuzz.text(fuzz.below(10)).toWellFormed();
      return fuzz.next() < 0.5 ? { data } : { event: fuzz.pick(["a", "b.c", " :"]), data };
    });
    const parsed = await Array.fromAsync(
      ReadableStream.from(messages).pipeThrough(new SseStream()).pipeThrough(new SseParserStream()),
    );
    const normalized = messages.map((message) => ({
      ...message,
      data: message.data.replaceAll(/\r\n|\r/g, "\n"),
    }));
    assert.deepEqual(parsed, normalized);
  });

  it("passes on the error of its source", async () => {
    const source = new ReadableStream<string>({
      start: (controller) => controller.error(new Error("connection lost")),
    });
    await assert.rejects(
      Array.fromAsync(source.pipeThrough(new SseParserStream())),
      /connection lost/,
    );
  });
});
