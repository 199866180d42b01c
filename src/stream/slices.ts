/** Maximum duration of a slice, in milliseconds. */
const SLICE_MS = 8;

/** Yields to the event loop, which runs pending requests, timers and messages. Promises alone do not. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Runs long work in time slices and yields to the event loop between them.
 *
 * @param work yields often, wherever it may be interrupted
 * @returns the result of the work
 * @throws the signal's reason, if it aborts
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * function* sum(numbers: readonly number[]) {
 *   let sum = 0;
 *   for (const number of numbers) {
 *     sum += number;
 *     yield;
 *   }
 *   return sum;
 * }
 * assert.equal(await inSlices(sum([1, 2, 3])), 6);
 * ```
 */
export async function inSlices<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  let until = performance.now() + SLICE_MS;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() < until) continue;
    await yieldToEventLoop();
    signal?.throwIfAborted();
    until = performance.now() + SLICE_MS;
  }
}

/**
 * Lets a loop of awaits leave room for others. A store that answers at once resolves its promises without a turn of the
 * event loop, so that a loop over thousands of records would block every other request.
 *
 * @returns a function to await once per step: it yields to the event loop if a slice has passed since it last did
 *
 * @example
 * ```ts
 * const pause = slicing();
 * for (let i = 0; i < 3; i++) await pause();
 * ```
 */
export function slicing(): () => Promise<void> {
  let until = performance.now() + SLICE_MS;
  return async () => {
    if (performance.now() < until) return;
    await yieldToEventLoop();
    until = performance.now() + SLICE_MS;
  };
}

/** Items that {@linkcode mapping} maps per step. */
const ITEMS_PER_STEP = 256;

/** Maps a list in steps, for {@linkcode inSlices}. */
export function* mapping<T, U>(
  list: readonly T[],
  map: (item: T, index: number) => U,
): Generator<void, U[]> {
  const mapped: U[] = [];
  for (const [index, item] of list.entries()) {
    mapped.push(map(item, index));
    if (mapped.length % ITEMS_PER_STEP === 0) yield;
  }
  return mapped;
}

/** Runs such work synchronously, in one go. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
