import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  encodeEvent,
  InvalidEventNameError,
  type SseMessage,
  SseStream,
} from "../../src/stream/sse.ts";

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
    it(`refuses the event name ${JSON.stringify(event)}`, () => {
      assert.throws(() => encodeEvent({ event, data: "" }), (error) => {
        assert(error instanceof InvalidEventNameError);
        assert.equal(error.event, event);
        return true;
      });
    });
  }

  for (const id of ["a\nb", "a\r", "a\0"]) {
    it(`refuses the id ${JSON.stringify(id)}`, () => {
      assert.throws(() => encodeEvent({ id, data: "" }), RangeError);
    });
  }
});

describe("SseStream", () => {
  it("says first when to come back, if it is told", async () => {
    const events = ReadableStream.from([{ data: "1" }]).pipeThrough(new SseStream(1_000));
    assert.equal(await new Response(events).text(), "retry: 1000\n\ndata: 1\n\n");
  });

  it("makes one chunk of each event", async () => {
    const messages: SseMessage[] = [{ data: "1" }, { event: "x", data: "2\n3" }, {
      data: "[DONE]",
    }];
    const chunks = await Array.fromAsync(
      ReadableStream.from(messages).pipeThrough(new SseStream()),
    );
    assert.deepEqual(chunks, messages.map(encodeEvent));
  });

  it("asks for no event that nobody reads", async () => {
    let pulled = 0;
    const source = new ReadableStream<SseMessage>({
      pull: (controller) => controller.enqueue({ data: String(pulled++) }),
    }, { highWaterMark: 0 });
    const reader = source.pipeThrough(new SseStream()).getReader();
    await reader.read();
    await reader.read();
    assert(pulled <= 4, `${pulled} events pulled for 2 read`);
    await reader.cancel();
  });

  it("fails when an event cannot be framed", async () => {
    const events = ReadableStream.from([{ event: "a\nb", data: "" }]).pipeThrough(new SseStream());
    await assert.rejects(Array.fromAsync(events), InvalidEventNameError);
  });
});
