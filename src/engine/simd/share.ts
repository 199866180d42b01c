/** Which of the threads that compute a model together this is. */
export interface Share {
  /** From 0, which is the thread that leads. */
  readonly index: number;
  readonly count: number;
}

/** The share of who computes alone. */
export const ALONE: Share = { index: 0, count: 1 };

/**
 * What a thread computes of so many units, which are kept whole: shares differ by one unit at most.
 *
 * @returns the first unit, and the first that is not its own any more
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(portion(5, { index: 0, count: 2 }), [0, 2]);
 * assert.deepEqual(portion(5, { index: 1, count: 2 }), [2, 5]);
 * ```
 */
export function portion(units: number, { index, count }: Share): [start: number, end: number] {
  return [Math.floor((units * index) / count), Math.floor((units * (index + 1)) / count)];
}
