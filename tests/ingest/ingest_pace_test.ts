import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { IngestPace } from "../../src/ingest/ingest_pace.ts";
import { RateLimits } from "../../src/limits/rate_limits.ts";
import { TurnQueue } from "../../src/limits/turn_queue.ts";

const never = new AbortController().signal;

describe("IngestPace", () => {
  it("waits for tokens where a turn would be refused", async () => {
    // 6,000 per minute are one per 10 ms.
    const limits = new RateLimits({ requests: 0, tokens: 6_000 }, () => performance.now());
    const queue = new TurnQueue({ running: 1, waiting: 1 }, () => performance.now());
    const told: unknown[] = [];
    const pace = new IngestPace(queue, limits, { ingested: (...args) => told.push(args) });
    (await pace.enter("a", never))();
    pace.spent("a", 6_003, "m");
    assert(limits.status("a", "tokens")!.remaining === 0);
    (await pace.enter("a", never))();
    assert(limits.status("a", "tokens")!.remaining > 0);
    assert.deepEqual(told, [[6_003, "m"]]);
  });

  it("waits for a place in the queue where a turn would be refused", async () => {
    const queue = new TurnQueue({ running: 1, waiting: 0 }, () => 0);
    const limits = new RateLimits({ requests: 0, tokens: 0 }, () => 0);
    const pace = new IngestPace(queue, limits);
    const release = await queue.enter("b", never);
    let entered = false;
    const waiting = pace.enter("a", never).then((release) => {
      entered = true;
      release();
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(entered, false);
    release();
    await waiting;
    assert.equal(queue.running, 0);
  });

  it("stops waiting when its signal aborts", async () => {
    const limits = new RateLimits({ requests: 0, tokens: 1 }, () => 0);
    limits.spendTokens("a", 1_000);
    const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
    const stop = new AbortController();
    const waiting = new IngestPace(queue, limits).enter("a", stop.signal);
    stop.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
  });
});
