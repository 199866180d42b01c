/**
 * A part of so many units, which are kept whole: parts differ by one unit at most.
 *
 * @param index which of the parts, from 0
 * @param count of all parts
 * @returns the first unit, and the first that is not in it any more
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(portion(5, 0, 2), [0, 2]);
 * assert.deepEqual(portion(5, 1, 2), [2, 5]);
 * ```
 */
export function portion(units: number, index: number, count: number): [start: number, end: number] {
  return [Math.floor((units * index) / count), Math.floor((units * (index + 1)) / count)];
}
