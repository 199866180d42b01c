import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../src/stream/sleep.ts";
import { untilAborted } from "../../src/stream/until_aborted.ts";

/** A signal that counts its listeners. */
function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  return { controller, signal, listeners: () => listeners };
}

const REASON = new Error("stop");

describe("untilAborted", () => {
  it("settles like the promise, and removes its listener", async () => {
    const { signal, listeners } = countedSignal();
    assert.equal(await untilAborted(Promise.resolve("done"), signal), "done");
    const failure = new Error("broken");
    await assert.rejects(untilAborted(Promise.reject(failure), signal), failure);
    assert.equal(listeners(), 0);
  });

  it("rejects with the signal's reason, and calls onAbort synchronously", async () => {
    const { controller, signal } = countedSignal();
    const steps: string[] = [];
    const waiting = untilAborted(new Promise(() => {}), signal, () => steps.push("left"))
      .catch((error) => steps.push(error.message));
    controller.abort(REASON);
    steps.push("aborted");
    await waiting;
    assert.deepEqual(steps, ["left", "aborted", "stop"]);
  });

  it("rejects if the signal is already aborted, even if the promise is settled", async () => {
    const signal = AbortSignal.abort(REASON);
    let left = 0;
    for (const promise of [Promise.resolve(), Promise.reject(new Error()), new Promise(() => {})]) {
      await assert.rejects(untilAborted(promise, signal, () => left++), REASON);
    }
    assert.equal(left, 3);
  });

  it("returns a value that came before the abort", async () => {
    const { controller, signal } = countedSignal();
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting = untilAborted(promise, signal);
    resolve("first");
    controller.abort(REASON);
    assert.equal(await waiting, "first");
  });

  it("marks a rejection after the abort as handled", async () => {
    // Deno's test runner fails a test with an unhandled rejection.
    const { controller, signal } = countedSignal();
    const { promise, reject } = Promise.withResolvers<void>();
    const waiting = untilAborted(promise, signal);
    controller.abort(REASON);
    await assert.rejects(waiting, REASON);
    reject(new Error("late"));
    await new Promise((resolve) => setTimeout(resolve));
  });

  it("waits without a signal", async () => {
    assert.equal(await untilAborted(Promise.resolve(1), undefined), 1);
  });
});

describe("sleep", () => {
  it("rejects when the signal aborts, and clears its timer", async () => {
    // Deno's test runner fails a test that leaves a timer.
    await assert.rejects(sleep(60_000, AbortSignal.abort(REASON)), REASON);
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort(REASON);
    await assert.rejects(sleeping, REASON);
    await sleep(1, new AbortController().signal);
  });
});
