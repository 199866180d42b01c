import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { nextTask } from "../../src/engine/next_task.ts";
import { type Release, TurnQueue, TurnQueueFullError } from "../../src/limits/turn_queue.ts";

const never = new AbortController().signal;

/** A queue with a manual clock that records the order of entry. */
function watched(running: number, waiting: number) {
  const clock = { now: 0 };
  const queue = new TurnQueue({ running, waiting }, () => clock.now);
  const entered: string[] = [];
  const releases: Release[] = [];
  const enter = (tenant: string, name: string, signal = never) =>
    queue.enter(tenant, signal).then((release) => {
      entered.push(name);
      releases.push(release);
    });
  return { clock, queue, entered, releases, enter };
}

describe("TurnQueue", () => {
  it("runs turns up to the limit, and the next when one ends", async () => {
    const { queue, entered, releases, enter } = watched(2, 5);
    void enter("a", "a1");
    void enter("a", "a2");
    void enter("a", "a3");
    await nextTask();
    assert.deepEqual(entered, ["a1", "a2"]);
    releases[0]!();
    await nextTask();
    assert.deepEqual(entered, ["a1", "a2", "a3"]);
    assert.equal(queue.running, 2);
  });

  it("counts a repeated release once", async () => {
    const { queue, releases, enter } = watched(1, 5);
    await enter("a", "a1");
    releases[0]!();
    releases[0]!();
    assert.equal(queue.running, 0);
  });

  it("serves tenants round-robin, however many turns one of them queues", async () => {
    const { entered, releases, enter } = watched(1, 5);
    for (const name of ["a1", "a2", "a3", "a4"]) void enter("a", name);
    void enter("b", "b1");
    void enter("b", "b2");
    void enter("c", "c1");
    for (let i = 0; i < 7; i++) {
      await nextTask();
      releases[i]!();
    }
    assert.deepEqual(entered, ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
  });

  it("refuses only the tenant whose queue is full", async () => {
    const { entered, enter } = watched(1, 1);
    void enter("a", "a1");
    void enter("a", "a2");
    await assert.rejects(enter("a", "a3"), TurnQueueFullError);
    void enter("b", "b1");
    await assert.rejects(enter("b", "b2"), TurnQueueFullError);
    await nextTask();
    assert.deepEqual(entered, ["a1"]);
  });

  it("refuses instead of queueing when no turn may wait", async () => {
    const { enter } = watched(1, 0);
    await enter("a", "a1");
    await assert.rejects(enter("b", "b1"), TurnQueueFullError);
  });

  it("removes an aborted turn from the queue", async () => {
    const { entered, releases, enter } = watched(1, 2);
    const leaving = new AbortController();
    void enter("a", "a1");
    const left = enter("a", "a2", leaving.signal);
    void enter("a", "a3");
    leaving.abort(new Error("client left"));
    await assert.rejects(left, { message: "client left" });
    void enter("a", "a4");
    for (let i = 0; i < 3; i++) {
      await nextTask();
      releases[i]!();
    }
    assert.deepEqual(entered, ["a1", "a3", "a4"]);
    await assert.rejects(enter("a", "a5", AbortSignal.abort(new Error("too late"))), {
      message: "too late",
    });
  });

  it("derives retryAfter from the mean duration of turns", async () => {
    const { clock, releases, enter } = watched(1, 1);
    const retryAfter = async () => {
      const refused = await enter("a", "refused").catch((error) => error);
      assert.ok(refused instanceof TurnQueueFullError);
      return refused.retryAfter;
    };
    await enter("a", "a1");
    void enter("a", "a2");
    // Initially two seconds each.
    assert.equal(await retryAfter(), 4);
    clock.now = 12_000;
    releases[0]!();
    await nextTask();
    void enter("a", "a3");
    // 2 + (12 - 2) / 5 = 4 seconds each.
    assert.equal(await retryAfter(), 8);
    clock.now = 1_000_000;
    releases[1]!();
    await nextTask();
    void enter("a", "a4");
    assert.equal(await retryAfter(), 60);
  });
});
