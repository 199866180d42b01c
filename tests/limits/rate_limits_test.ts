import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RateLimitError, RateLimits } from "../../src/limits/rate_limits.ts";

describe("RateLimits", () => {
  it("limits the requests of each tenant separately", () => {
    const limits = new RateLimits({ requests: 2, tokens: 0 }, () => 0);
    for (const tenant of ["a", "b"]) {
      limits.admitRequest(tenant);
      limits.admitRequest(tenant);
      assert.throws(() => limits.admitRequest(tenant), (error) => {
        assert(error instanceof RateLimitError);
        assert.deepEqual(
          [error.budget, error.perMinute, error.retryAfterMs],
          ["requests", 2, 30_000],
        );
        return true;
      });
    }
  });

  it("does not count refused requests", () => {
    let now = 0;
    const limits = new RateLimits({ requests: 1, tokens: 0 }, () => now);
    limits.admitRequest("a");
    for (let i = 0; i < 100; i++) assert.throws(() => limits.admitRequest("a"));
    now = 60_000;
    limits.admitRequest("a");
  });

  it("refuses turns after an overdraft until the token budget has recovered", () => {
    let now = 0;
    const limits = new RateLimits({ requests: 0, tokens: 100 }, () => now);
    limits.requireTokens("a");
    limits.spendTokens("a", 150);
    assert.throws(() => limits.requireTokens("a"), { retryAfterMs: 30_600 });
    limits.requireTokens("b");
    now = 30_600;
    limits.requireTokens("a");
  });

  it("reports the remaining budget, at least 0", () => {
    const limits = new RateLimits({ requests: 60, tokens: 100 }, () => 0);
    limits.admitRequest("a");
    limits.spendTokens("a", 150.5);
    assert.deepEqual(limits.status("a", "requests"), {
      perMinute: 60,
      remaining: 59,
      resetMs: 1_000,
    });
    assert.deepEqual(limits.status("a", "tokens"), {
      perMinute: 100,
      remaining: 0,
      resetMs: 90_300,
    });
  });

  it("does not limit at a rate of 0", () => {
    const limits = new RateLimits({ requests: 0, tokens: 0 }, () => 0);
    for (let i = 0; i < 1_000; i++) limits.admitRequest("a");
    limits.spendTokens("a", 1e12);
    limits.requireTokens("a");
    assert.equal(limits.status("a", "requests"), undefined);
    assert.equal(limits.status("a", "tokens"), undefined);
  });
});
