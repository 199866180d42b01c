import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import { retry } from "../../src/store/retry.ts";

const busy = new Error("busy");
const isTransient = (error: unknown): boolean => error === busy;
const never = (): Promise<never> => new Promise(() => {});

describe("retry", () => {
  it("tries again until it succeeds", async () => {
    let attempts = 0;
    // deno-lint-ignore require-await -- so that it rejects, and does not throw
    const result = await retry(async () => {
      if (++attempts < 5) throw busy;
      return attempts;
    }, { isTransient, patience: 60_000 });
    assert.equal(result, 5);
  });

  it("does not try again what will not pass", async () => {
    let attempts = 0;
    const fatal = new Error("fatal");
    const operation = (): Promise<never> => {
      attempts++;
      return Promise.reject(fatal);
    };
    await assert.rejects(retry(operation, { isTransient, patience: 60_000 }), fatal);
    assert.equal(attempts, 1);
  });

  it("gives up when its patience ends, and names the last failure", async () => {
    await assert.rejects(
      retry(() => Promise.reject(busy), { isTransient, patience: 20 }),
      (error) => error instanceof StoreUnavailableError && error.cause === busy,
    );
  });

  it("gives up in the middle of an attempt that does not end", async () => {
    await assert.rejects(retry(never, { isTransient, patience: 10 }), StoreUnavailableError);
  });

  it("ends with the signal's reason, in an attempt and in a pause", async () => {
    for (const operation of [never, () => Promise.reject(busy)]) {
      const controller = new AbortController();
      const reason = new Error("gone");
      setTimeout(() => controller.abort(reason), 10);
      const { signal } = controller;
      await assert.rejects(retry(operation, { isTransient, patience: 60_000, signal }), reason);
    }
  });

  it("makes no attempt when its signal has aborted", async () => {
    const reason = new Error("gone");
    const options = { isTransient, patience: 60_000, signal: AbortSignal.abort(reason) };
    await assert.rejects(retry(() => assert.fail("attempted"), options), reason);
  });
});
