import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { encodeEvent, InvalidEventNameError, type SseMessage } from "../../src/stream/sse.ts";
import { eventSource, sseBody } from "../../src/stream/sse_body.ts";

describe("encodeEvent", () => {
  const cases: [message: SseMessage, text: string][] = [
    [{ data: "{}" }, "data: {}\n\n"],
    [{ event: "response.created", data: "{}" }, "event: response.created\ndata: {}\n\n"],
    [{ event: "x", id: "7", data: "{}" }, "id: 7\nevent: x\ndata: {}\n\n"],
    [{ data: "" }, "data: \n\n"],
    [{ data: "a\nb" }, "data: a\ndata: b\n\n"],
    [{ data: "a\r\nb\rc" }, "data: a\ndata: b\ndata: c\n\n"],
    [{ data: "a\n\nevent: forged\n" }, "data: a\ndata: \ndata: event: forged\ndata: \n\n"],
    [{ data: " a:b\u2028😀" }, "data:  a:b\u2028😀\n\n"],
  ];
  for (const [message, text] of cases) {
    it(`frames ${JSON.stringify(message)}`, () => {
      assert.equal(new TextDecoder().decode(encodeEvent(message)), text);
    });
  }

  for (const event of ["a\nb", "a\r", "\ndata: forged", ""]) {
    it(`rejects the event name ${JSON.stringify(event)}`, () => {
      assert.throws(() => encodeEvent({ event, data: "" }), (error) => {
        assert(error instanceof InvalidEventNameError);
        assert.equal(error.event, event);
        return true;
      });
    });
  }

  for (const id of ["a\nb", "a\r", "a\0"]) {
    it(`rejects the id ${JSON.stringify(id)}`, () => {
      assert.throws(() => encodeEvent({ id, data: "" }), RangeError);
    });
  }
});

/** The chunks of the body made from a generator's events. */
function chunksOf(
  events: AsyncGenerator<SseMessage, void>,
  retryMs?: number,
): Promise<Uint8Array[]> {
  return Array.fromAsync(sseBody(eventSource(events, { retryMs }), 0));
}

describe("eventSource", () => {
  async function* listed(...messages: SseMessage[]): AsyncGenerator<SseMessage, void> {
    yield* messages;
  }

  it("sends retryMs first, if given", async () => {
    const chunks = await chunksOf(listed({ data: "1" }), 1_000);
    const text = await new Blob(chunks as BlobPart[]).text();
    assert.equal(text, "retry: 1000\n\ndata: 1\n\n");
  });

  it("encodes one chunk per event", async () => {
    const messages: SseMessage[] = [{ data: "1" }, { event: "x", data: "2\n3" }, {
      data: "[DONE]",
    }];
    assert.deepEqual(await chunksOf(listed(...messages)), messages.map(encodeEvent));
  });

  it("generates only events that are read, and ends the generator when its reader leaves", async () => {
    let made = 0;
    let ended = 0;
    const left = new AbortController();
    async function* events(): AsyncGenerator<SseMessage, void> {
      try {
        for (;;) yield { data: String(made++) };
      } finally {
        ended++;
      }
    }
    const reader = sseBody(eventSource(events(), { left }), 0).getReader();
    await reader.read();
    await reader.read();
    assert.equal(made, 2);
    await reader.cancel("enough");
    assert.equal(ended, 1);
    assert.equal(left.signal.reason, "enough");
  });

  it("fails when an event cannot be encoded", async () => {
    await assert.rejects(chunksOf(listed({ event: "a\nb", data: "" })), InvalidEventNameError);
  });
});
