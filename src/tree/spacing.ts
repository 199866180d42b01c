/** States that a chain keeps for each power of two, unless said otherwise: about log2 of its length in all. */
export const DEFAULT_STATES_PER_POWER = 2;

/**
 * Whether a chain of responses keeps the state at some depth when it has got to another depth: for each power of two, the
 * states at its latest multiples are kept. So their distances grow exponentially with their age; with two for each power
 * there are about log2 of the depth. A state that is not kept once is never wanted again.
 *
 * @param depth counted from 1
 * @param head the depth of the last response: at least `depth`
 * @param perPower how many of the latest multiples of each power of two
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const depths = Array.from({ length: 1000 }, (_, i) => i + 1);
 * assert.deepEqual(
 *   depths.filter((depth) => isSpaced(depth, 1000, 2)),
 *   [512, 768, 896, 960, 976, 992, 996, 998, 999, 1000],
 * );
 * ```
 */
export function isSpaced(depth: number, head: number, perPower: number): boolean {
  // The largest power of two that divides it: of all that do, the one whose multiples reach back farthest.
  const power = depth & -depth;
  const latest = head - head % power;
  return depth > latest - perPower * power;
}
