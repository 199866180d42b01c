/**
 * Awaits a promise until a signal aborts. An abort does not stop the work behind the promise; a later rejection of the
 * promise counts as handled.
 *
 * @param signal undefined: only awaits the promise
 * @param onAbort called synchronously when the signal aborts, for example to leave a queue
 * @throws the signal's reason if it aborts first or is already aborted
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
    // If both are already settled, `race` takes the first of the list: the abort.
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
