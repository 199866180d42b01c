import { describe, it } from "@std/testing/bdd";
import { FakeTime } from "@std/testing/time";
import assert from "node:assert/strict";
import { sseBody, type SseSource } from "../../src/stream/sse_body.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const bytes = (text: string): Bytes => new TextEncoder().encode(text);
const COMMENT = ": heartbeat\n\n";

/** A source whose events are pushed by the test. */
function pushed() {
  const left: unknown[] = [];
  const events: (Bytes | Error | undefined)[] = [];
  let wake = Promise.withResolvers<void>();
  const source: SseSource = {
    async next() {
      while (events.length === 0) await wake.promise;
      const event = events.shift();
      if (event instanceof Error) throw event;
      return event && [event];
    },
    leave: (reason) => Promise.resolve(void left.push(reason)),
  };
  const put = (event: Bytes | Error | undefined) => {
    events.push(event);
    wake.resolve();
    wake = Promise.withResolvers();
  };
  return { source, put, left };
}

/** Whether a fake timer is pending. Runs it. */
async function hasTimer(time: FakeTime): Promise<boolean> {
  await time.runMicrotasks();
  return time.next();
}

async function read(reader: ReadableStreamDefaultReader<Bytes>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value && new TextDecoder().decode(value);
}

describe("sseBody", () => {
  it("sends a comment after each silent interval, and events at once", async () => {
    using time = new FakeTime();
    const { source, put } = pushed();
    const reader = sseBody(source, 15_000).getReader();
    for (const round of [1, 2]) {
      const first = read(reader);
      await time.tickAsync(14_999);
      assert.equal(await Promise.race([first, time.delay(1)]), undefined, `round ${round}`);
      await time.tickAsync(1);
      assert.equal(await first, COMMENT);
    }
    const next = read(reader);
    put(bytes("data: 1\n\n"));
    assert.equal(await next, "data: 1\n\n");
    assert.equal(await hasTimer(time), false, "no timer while nobody waits");
  });

  it("delivers events after a comment completely and in order", async () => {
    using time = new FakeTime();
    const { source, put } = pushed();
    const reader = sseBody(source, 10).getReader();
    const silent = read(reader);
    await time.tickAsync(10);
    assert.equal(await silent, COMMENT);
    put(bytes("a"));
    put(bytes("b"));
    put(undefined);
    assert.deepEqual([await read(reader), await read(reader), await read(reader)], [
      "a",
      "b",
      undefined,
    ]);
    assert.equal(await hasTimer(time), false);
  });

  it("clears its timer and leaves the source when cancelled, with or without a pending read", async () => {
    for (const waiting of [true, false]) {
      using time = new FakeTime();
      const { source, left } = pushed();
      const reader = sseBody(source, 15_000).getReader();
      const reading = waiting ? reader.read() : undefined;
      await time.runMicrotasks();
      await reader.cancel("enough");
      assert.deepEqual(left, ["enough"]);
      assert.equal(await hasTimer(time), false);
      assert.notEqual((await reading)?.done, false);
    }
  });

  it("fails with the error of its source, and clears its timer", async () => {
    using time = new FakeTime();
    const { source, put } = pushed();
    const reading = sseBody(source, 15_000).getReader().read();
    put(new RangeError("broken"));
    await assert.rejects(reading, RangeError);
    assert.equal(await hasTimer(time), false);
  });

  it("reads nothing ahead", async () => {
    let asked = 0;
    const source: SseSource = {
      next: () => Promise.resolve([bytes(`${++asked}`)]),
      leave: () => Promise.resolve(),
    };
    const reader = sseBody(source, 15_000).getReader();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(asked, 0);
    await read(reader);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(asked, 1);
    await reader.cancel();
  });

  it("enqueues one chunk per event, and continues after a step without events", async () => {
    const steps = [[], [bytes("a"), bytes("b")], [], undefined];
    const source: SseSource = {
      next: () => Promise.resolve(steps.shift()),
      leave: () => Promise.resolve(),
    };
    const reader = sseBody(source, 0).getReader();
    assert.deepEqual([await read(reader), await read(reader), await read(reader)], [
      "a",
      "b",
      undefined,
    ]);
  });

  it("sends no comments with heartbeatMs = 0", async () => {
    using time = new FakeTime();
    const { source } = pushed();
    const reader = sseBody(source, 0).getReader();
    void reader.read();
    assert.equal(await hasTimer(time), false);
    await reader.cancel();
  });
});
