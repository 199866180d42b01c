import { describe, it } from "@std/testing/bdd";
import { FakeTime } from "@std/testing/time";
import assert from "node:assert/strict";
import { withHeartbeat } from "../../src/stream/heartbeat.ts";
import { lateStream } from "../../src/stream/late_stream.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const bytes = (text: string): Bytes => new TextEncoder().encode(text);
const COMMENT = ": heartbeat\n\n";

/** A stream that is told what comes, and when. */
function told() {
  let controller!: ReadableStreamDefaultController<Bytes>;
  const cancelled: unknown[] = [];
  const stream = new ReadableStream<Bytes>({
    start: (given) => void (controller = given),
    cancel: (reason) => void cancelled.push(reason),
  }, { highWaterMark: 0 });
  return { stream, controller, cancelled };
}

/** Whether a timer is set: fake time can go on to it. */
async function hasTimer(time: FakeTime): Promise<boolean> {
  await time.runMicrotasks();
  return time.next();
}

async function read(reader: ReadableStreamDefaultReader<Bytes>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value && new TextDecoder().decode(value);
}

describe("withHeartbeat", () => {
  it("sends a comment after each such time of silence, and what comes at once", async () => {
    using time = new FakeTime();
    const { stream, controller } = told();
    const reader = withHeartbeat(stream, 15_000).getReader();
    for (const round of [1, 2]) {
      const first = read(reader);
      await time.tickAsync(14_999);
      assert.equal(await Promise.race([first, time.delay(1)]), undefined, `round ${round}`);
      await time.tickAsync(1);
      assert.equal(await first, COMMENT);
    }
    const next = read(reader);
    controller.enqueue(bytes("data: 1\n\n"));
    assert.equal(await next, "data: 1\n\n");
    assert.equal(await hasTimer(time), false, "nobody waits");
  });

  it("loses nothing that comes after a comment, and keeps the order", async () => {
    using time = new FakeTime();
    const { stream, controller } = told();
    const reader = withHeartbeat(stream, 10).getReader();
    const silent = read(reader);
    await time.tickAsync(10);
    assert.equal(await silent, COMMENT);
    controller.enqueue(bytes("a"));
    controller.enqueue(bytes("b"));
    controller.close();
    assert.deepEqual([await read(reader), await read(reader), await read(reader)], [
      "a",
      "b",
      undefined,
    ]);
    assert.equal(await hasTimer(time), false);
  });

  it("leaves no timer behind when its reader leaves, waiting or not, and cancels the stream", async () => {
    for (const waiting of [true, false]) {
      using time = new FakeTime();
      const { stream, cancelled } = told();
      const reader = withHeartbeat(stream, 15_000).getReader();
      const reading = waiting ? reader.read() : undefined;
      await time.runMicrotasks();
      await reader.cancel("enough");
      assert.deepEqual(cancelled, ["enough"]);
      assert.equal(await hasTimer(time), false);
      assert.notEqual((await reading)?.done, false);
    }
  });

  it("fails as the stream does, and leaves no timer behind", async () => {
    using time = new FakeTime();
    const { stream, controller } = told();
    const reading = withHeartbeat(stream, 15_000).getReader().read();
    controller.error(new RangeError("broken"));
    await assert.rejects(reading, RangeError);
    assert.equal(await hasTimer(time), false);
  });

  it("reads nothing ahead", async () => {
    let pulls = 0;
    const stream = new ReadableStream<Bytes>({
      pull: (controller) => controller.enqueue(bytes(`${++pulls}`)),
    }, { highWaterMark: 0 });
    const reader = withHeartbeat(stream, 15_000).getReader();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(pulls, 0);
    await read(reader);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(pulls, 1);
    await reader.cancel();
  });

  it("is the stream itself where there are to be none", () => {
    const { stream } = told();
    assert.equal(withHeartbeat(stream, 0), stream);
  });
});

describe("lateStream", () => {
  it("is the other one as soon as it is there", async () => {
    const there = Promise.withResolvers<ReadableStream<string>>();
    const reading = Array.fromAsync(lateStream(there.promise));
    there.resolve(ReadableStream.from(["a", "b"]));
    assert.deepEqual(await reading, ["a", "b"]);
  });

  it("fails if there is none", async () => {
    const late = lateStream<string>(Promise.reject(new RangeError("none")));
    await assert.rejects(Array.fromAsync(late), RangeError);
  });

  it("tells of a reader that leaves before, and cancels what comes nevertheless", async () => {
    const there = Promise.withResolvers<ReadableStream<Bytes>>();
    const { stream, cancelled } = told();
    const left: unknown[] = [];
    const cancelling = lateStream(there.promise, (reason) => left.push(reason)).cancel("enough");
    await Promise.resolve();
    assert.deepEqual([left, cancelled], [["enough"], []]);
    there.resolve(stream);
    await cancelling;
    assert.deepEqual(cancelled, ["enough"]);
  });

  it("only cancels one that is there", async () => {
    const { stream, cancelled } = told();
    const late = lateStream(Promise.resolve(stream), () => assert.fail("it was there"));
    await Promise.resolve();
    await late.cancel("enough");
    assert.deepEqual(cancelled, ["enough"]);
  });
});
