import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  AnswerStream,
  type StreamEnd,
  streamOf,
  UnfinishedStreamError,
} from "../../src/stream/answer_stream.ts";

type Event = { readonly type: "text" | "end" | "failed" | "cancelled"; readonly n?: number };

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A promise that rejects when a signal aborts. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** The behaviour of a stream after two text events. */
type Then = "end" | "hang" | "throw" | "stop" | "end, then throw";

/** A stream that counts its steps and `finally` blocks, and records its events and ends. */
function counted(then: Then, external = new AbortController()) {
  const seen = { steps: 0, finallies: 0, ends: [] as StreamEnd[], events: [] as string[] };
  const stream = new AnswerStream<Event>(async function* (signal) {
    try {
      for (const n of [1, 2]) {
        seen.steps++;
        yield { type: "text", n };
      }
      seen.steps++;
      if (then === "hang") await untilAborted(signal);
      if (then === "throw") throw new RangeError("broken");
      if (then === "stop") return;
      yield { type: "end" };
    } finally {
      await Promise.resolve();
      seen.finallies++;
      // deno-lint-ignore no-unsafe-finally -- the behaviour under test
      if (then === "end, then throw") throw new RangeError("not cleaned up");
    }
  }, external.signal);
  stream.watch({
    onEvent: ({ type }) => void seen.events.push(type),
    onOver: (end) => void seen.ends.push(end),
  });
  return { stream, seen, external };
}

describe("AnswerStream", () => {
  it("runs a step only on next()", async () => {
    const { stream, seen } = counted("end");
    await settle();
    assert.equal(seen.steps, 0);
    await stream.next();
    await settle();
    assert.equal(seen.steps, 1);
    await stream.return();
  });

  it("runs only the first step on start()", async () => {
    const { stream, seen } = counted("end");
    stream.start().start();
    await settle();
    assert.equal(seen.steps, 1);
    const events = await Array.fromAsync(stream);
    assert.deepEqual(events.map(({ n }) => n), [1, 2, undefined]);
  });

  it("delivers the end event after everything is released", async () => {
    for (const type of ["end", "failed", "cancelled"] as const) {
      let released = false;
      const stream = new AnswerStream<Event>(async function* () {
        try {
          yield { type };
        } finally {
          await settle();
          released = true;
        }
      }, new AbortController().signal);
      assert.deepEqual(await stream.next(), { done: false, value: { type } });
      assert(released, type);
      assert.deepEqual(await stream.next(), { done: true, value: undefined });
    }
  });

  it("throws an error once, from the next() that ran the step", async () => {
    const { stream, seen } = counted("throw");
    await stream.next();
    await stream.next();
    await assert.rejects(stream.next(), RangeError);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    assert.equal(seen.finallies, 1);
    assert.deepEqual(seen.ends.map(({ type }) => type), ["failed"]);
  });

  it("throws an error of a started step from next(), and drops it if the stream is never read", async () => {
    const failing = () =>
      // deno-lint-ignore require-yield -- it fails first
      new AnswerStream<Event>(async function* () {
        await Promise.resolve();
        throw new RangeError("broken");
      }, new AbortController().signal).start();
    const unread = failing();
    await settle();
    assert.deepEqual(await unread.return(), { done: true, value: undefined });
    await assert.rejects(failing().next(), RangeError);
  });

  it("fails if it stops without an end event", async () => {
    const { stream, seen } = counted("stop");
    await assert.rejects(Array.fromAsync(stream), UnfinishedStreamError);
    assert.equal(seen.finallies, 1);
  });

  it("drops an error after the end event", async () => {
    const { stream, seen } = counted("end, then throw");
    assert.equal((await Array.fromAsync(stream)).length, 3);
    assert.deepEqual(seen.ends, [{ type: "ended" }]);
  });

  it("aborts the running step on return(), and waits for its release", async () => {
    const { stream, seen } = counted("hang");
    await stream.next();
    await stream.next();
    const pending = stream.next();
    await settle();
    await stream.return();
    assert.equal(seen.finallies, 1);
    assert.deepEqual(seen.ends, [{ type: "left" }]);
    assert.deepEqual(await pending, { done: true, value: undefined });
  });

  it("rejects with the signal's reason when the signal aborts", async () => {
    const { stream, seen, external } = counted("hang");
    await stream.next();
    await stream.next();
    const pending = stream.next();
    external.abort(new RangeError("gone"));
    await assert.rejects(pending, { message: "gone" });
    assert.equal(seen.finallies, 1);
    assert.deepEqual(seen.ends, [{ type: "left" }]);
  });

  it("ends once, however often it is left", async () => {
    const { stream, seen, external } = counted("hang");
    await stream.next();
    external.abort();
    await Promise.all([stream.return(), stream.return(), stream.next()]);
    for await (const _ of stream) assert.fail("it is over");
    assert.equal(seen.finallies, 1);
    assert.deepEqual(seen.ends, [{ type: "left" }]);
  });

  it("calls onOver even if it was never read", async () => {
    const { stream, seen } = counted("end");
    await stream.return();
    assert.deepEqual([seen.steps, seen.finallies], [0, 0]);
    assert.deepEqual(seen.ends, [{ type: "left" }]);
  });

  it("releases everything when a loop breaks", async () => {
    const { stream, seen } = counted("end");
    for await (const _ of stream) break;
    assert.equal(seen.finallies, 1);
    assert.deepEqual(seen.ends, [{ type: "left" }]);
  });

  it("nests steps in its hooks, the first outermost, and awaits onOver in order", async () => {
    const order: string[] = [];
    const stream = streamOf<Event>([{ type: "end" }]);
    for (const name of ["a", "b"]) {
      stream.watch({
        within(step) {
          order.push(name);
          return step();
        },
        onEvent: () => void order.push(`${name} event`),
        async onOver() {
          await settle();
          order.push(`${name} over`);
          throw new Error("an error of a hook is ignored");
        },
      });
    }
    await stream.next();
    assert.deepEqual(order, [
      "a",
      "b",
      "a event",
      "b event",
      // The finally blocks.
      "a",
      "b",
      "a over",
      "b over",
    ]);
  });
});
