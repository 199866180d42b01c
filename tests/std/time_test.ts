import { describe, it } from "@std/testing/bdd";
import { FakeTime, TimeError } from "@std/testing/time";
import assert from "node:assert/strict";

describe("FakeTime", () => {
  it("stands still until it is advanced, and is restored on disposal", () => {
    const { Date: realDate, setTimeout: realSetTimeout } = globalThis;
    {
      using time = new FakeTime("2026-01-02T03:04:05Z");
      assert.equal(Date.now(), Date.UTC(2026, 0, 2, 3, 4, 5));
      time.tick(1_500);
      assert.equal(new Date().toISOString(), "2026-01-02T03:04:06.500Z");
      assert.ok(new Date(0) instanceof Date);
      assert.equal(time.now - time.start, 1_500);
    }
    assert.equal(globalThis.Date, realDate);
    assert.equal(globalThis.setTimeout, realSetTimeout);
  });

  it("runs timers in the order in which they are due, each at its own time", () => {
    using time = new FakeTime(0);
    const log: [string, number][] = [];
    const at = (name: string) => log.push([name, Date.now()]);
    setTimeout(at, 20, "b");
    setTimeout(at, 10, "a");
    setTimeout(at, 20, "c");
    clearTimeout(setTimeout(at, 5, "cleared"));
    setTimeout(() => setTimeout(at, 5, "set by a timer"), 10);
    time.tick(20);
    assert.deepEqual(log, [["a", 10], ["set by a timer", 15], ["b", 20], ["c", 20]]);
  });

  it("repeats an interval until it is cleared", () => {
    using time = new FakeTime();
    let calls = 0;
    const id = setInterval(() => calls++, 10);
    time.tick(35);
    assert.equal(calls, 3);
    clearInterval(id);
    time.tick(100);
    assert.equal(calls, 3);
  });

  it("runs pending microtasks before it advances", async () => {
    using time = new FakeTime();
    const log: string[] = [];
    const work = (async () => {
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 100));
      log.push("waited");
    })();
    await time.tickAsync(100);
    await work;
    assert.deepEqual(log, ["waited"]);
  });

  it("advances from timer to timer", async () => {
    using time = new FakeTime(0);
    setTimeout(() => {}, 70);
    assert.equal(time.next(), true);
    assert.equal(time.now, 70);
    assert.equal(await time.nextAsync(), false);
    setTimeout(() => setTimeout(() => {}, 30), 30);
    time.runAll();
    assert.equal(time.now, 130);
  });

  it("fires AbortSignal.timeout in fake time", () => {
    using time = new FakeTime();
    const signal = AbortSignal.timeout(1_000);
    time.tick(999);
    assert.equal(signal.aborted, false);
    time.tick(1);
    assert.equal(signal.reason.name, "TimeoutError");
  });

  it("throws when faked twice, restored twice, set back, or started at an invalid date", () => {
    const time = new FakeTime();
    assert.throws(() => new FakeTime(), TimeError);
    assert.throws(() => time.tick(-1), /backwards/);
    time.restore();
    assert.throws(() => time.restore(), TimeError);
    assert.throws(() => new FakeTime("never"), TimeError);
  });
});
