import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { TokenBucket } from "../../src/limits/token_bucket.ts";

function bucket(perMinute: number) {
  const time = { now: 1_000_000 };
  return { time, bucket: new TokenBucket(perMinute, () => time.now) };
}

describe("TokenBucket", () => {
  it("starts full and never exceeds its capacity", () => {
    const { time, bucket: full } = bucket(60);
    assert.equal(full.level, 60);
    time.now += 3_600_000;
    assert.equal(full.level, 60);
  });

  it("refills over a minute", () => {
    const { time, bucket: used } = bucket(60);
    used.take(60);
    for (const [ms, level] of [[0, 0], [999, 0], [1, 1], [29_000, 30], [60_000, 60]] as const) {
      time.now += ms;
      assert.equal(Math.floor(used.level), level, `after ${ms} more`);
    }
  });

  it("predicts when a level is reached", () => {
    const { time, bucket: used } = bucket(7);
    assert.equal(used.waitFor(7), 0);
    used.take(7);
    const wait = used.waitFor(1);
    assert.equal(wait, Math.ceil(60_000 / 7));
    time.now += wait;
    assert.equal(used.waitFor(1), 0);
    assert(used.level >= 1 && used.level < 1.01, `${used.level}`);
  });

  it("recovers from an overdraft", () => {
    const { time, bucket: overdrawn } = bucket(60);
    overdrawn.take(180);
    assert.equal(overdrawn.level, -120);
    assert.equal(overdrawn.waitFor(1), 121_000);
    time.now += 121_000;
    assert.equal(overdrawn.level, 1);
  });

  it("averages the rate in the long run, however often it is polled", () => {
    const { time, bucket: steady } = bucket(600);
    let taken = 0;
    for (let ms = 0; ms < 600_000; ms += 7, time.now += 7) {
      if (steady.level < 1) continue;
      steady.take(1);
      taken++;
    }
    // The initial 600, and ten minutes' worth.
    assert(Math.abs(taken - 6_600) <= 2, `${taken}`);
  });

  it("keeps its level when the clock is set back", () => {
    const { time, bucket: used } = bucket(60);
    used.take(30);
    time.now -= 10_000;
    assert.equal(used.level, 30);
    time.now += 1_000;
    assert.equal(used.level, 31);
  });
});
