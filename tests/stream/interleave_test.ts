import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { interleave } from "../../src/stream/interleave.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A stream that is told what comes, and how often it was asked. */
function told<T>() {
  let controller!: ReadableStreamDefaultController<T>;
  const seen = { pulls: 0, cancelled: [] as unknown[] };
  const stream = new ReadableStream<T>({
    start: (given) => void (controller = given),
    pull: () => void seen.pulls++,
    cancel: (reason) => void seen.cancelled.push(reason),
  }, { highWaterMark: 0 });
  return { stream, controller, seen };
}

describe("interleave", () => {
  it("has all of both, each in its order, and ends with the first", async () => {
    const [main, between] = [told<string>(), told<number>()];
    const both = interleave(main.stream, between.stream).getReader();
    const next = async () => (await both.read()).value;
    between.controller.enqueue(1);
    assert.equal(await next(), 1);
    main.controller.enqueue("a");
    assert.equal(await next(), "a");
    between.controller.enqueue(2);
    between.controller.enqueue(3);
    assert.deepEqual([await next(), await next()], [2, 3]);
    main.controller.enqueue("b");
    main.controller.close();
    assert.deepEqual([await next(), await next()], ["b", undefined]);
    assert.equal(between.seen.cancelled.length, 1);
  });

  it("goes on when what comes between has ended", async () => {
    const both = interleave(ReadableStream.from(["a", "b"]), ReadableStream.from<number>([]));
    assert.deepEqual(await Array.fromAsync(both), ["a", "b"]);
  });

  it("fails if either fails, and lets go of the other", async () => {
    for (const fails of ["main", "between"] as const) {
      const streams = { main: told<string>(), between: told<number>() };
      const reading = interleave(streams.main.stream, streams.between.stream).getReader().read();
      streams[fails].controller.error(new RangeError("broken"));
      await assert.rejects(reading, RangeError);
    }
  });

  it("cancels both when its reader leaves, waiting or not", async () => {
    for (const waits of [true, false]) {
      const [main, between] = [told<string>(), told<number>()];
      const reader = interleave(main.stream, between.stream).getReader();
      const reading = waits ? reader.read() : undefined;
      await settle();
      await reader.cancel("enough");
      await reading;
      assert.deepEqual([main.seen.cancelled, between.seen.cancelled], [["enough"], ["enough"]]);
    }
  });

  it("asks for nothing before it is asked", async () => {
    const [main, between] = [told<string>(), told<number>()];
    interleave(main.stream, between.stream);
    await settle();
    assert.deepEqual([main.seen.pulls, between.seen.pulls], [0, 0]);
  });
});
