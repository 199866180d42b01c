/**
 * Waits for a promise, but no longer than until a signal aborts. What the promise stands for goes on; its later rejection
 * counts as handled.
 *
 * @param signal absent: waits for the promise
 * @param onAbort called as the signal aborts, before any other code runs: to leave a queue, say
 * @throws the signal's reason when it aborts first, or has aborted before
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const never = Promise.withResolvers<void>().promise;
 * await assert.rejects(untilAborted(never, AbortSignal.timeout(1)), { name: "TimeoutError" });
 * assert.equal(await untilAborted(Promise.resolve(1), new AbortController().signal), 1);
 * ```
 */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  onAbort?: () => void,
): Promise<T> {
  if (signal === undefined) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    onAbort?.();
    aborted.reject(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    // The first of the two that is settled already wins, so an abort is looked at first.
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
