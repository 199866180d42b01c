/** Milliseconds that a slice of work may take before others get their turn. */
const SLICE_MS = 8;

/** Lets everything that waits for this thread run: requests, timers, messages. Promises alone do not. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Does long work in slices, between which the thread is free for others.
 *
 * @param work yields often: where it may be interrupted
 * @returns what the work returns
 * @throws the reason of the signal, if it aborts meanwhile
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
    await breathe();
    signal?.throwIfAborted();
    until = performance.now() + SLICE_MS;
  }
}

/** Items that {@linkcode mapping} maps in one step. */
const ITEMS_A_STEP = 256;

/** Maps a list in steps. */
export function* mapping<T, U>(
  list: readonly T[],
  map: (item: T, index: number) => U,
): Generator<void, U[]> {
  const mapped: U[] = [];
  for (const [index, item] of list.entries()) {
    mapped.push(map(item, index));
    if (mapped.length % ITEMS_A_STEP === 0) yield;
  }
  return mapped;
}

/** Does the same work at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
