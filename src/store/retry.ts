import { StoreUnavailableError } from "./errors.ts";
import { sleep } from "../stream/sleep.ts";
import { untilAborted } from "../stream/until_aborted.ts";

/** The first pause is at the most twice this long, and each later one twice the last, up to the longest. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 250;

/** How {@linkcode retry} goes about it. */
export interface RetryOptions {
  /** Whether the failure may pass if one waits. */
  readonly isTransient: (error: unknown) => boolean;
  /** Milliseconds until it is given up, in the middle of an attempt if need be. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does it again as long as it fails in a way that may pass, with pauses of random length that double, so that those
 * who wait for the same thing do not come back together.
 *
 * An attempt that is given up may still succeed unseen: nothing can call it back.
 *
 * @throws {StoreUnavailableError} when the patience ends, and the signal's reason when it aborts. Failures that do not
 * pass are thrown as they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * let attempts = 0;
 * const result = await retry(() => ++attempts < 3 ? Promise.reject("busy") : Promise.resolve("done"), {
 *   isTransient: (error) => error === "busy",
 *   patience: 1000,
 * });
 * assert.equal(result, "done");
 * assert.equal(attempts, 3);
 * ```
 */
export async function retry<T>(operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { isTransient, patience, signal } = options;
  signal?.throwIfAborted();
  const end = new AbortController();
  let cause: unknown;
  const giveUp = () => end.abort(new StoreUnavailableError(patience, { cause }));
  const timer = setTimeout(giveUp, patience);
  const wait = <R>(promise: Promise<R>) => untilAborted(untilAborted(promise, end.signal), signal);
  try {
    for (let attempt = 1;; attempt++) {
      try {
        return await wait(operation());
      } catch (error) {
        if (!isTransient(error)) throw error;
        cause = error;
      }
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      await wait(sleep(Math.random() * longest, end.signal));
    }
  } finally {
    clearTimeout(timer);
    // Ends a pause that nobody waits for any more.
    end.abort();
  }
}
