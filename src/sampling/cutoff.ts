/**
 * The greatest value such that all values that are not below it together have the mass asked for. This is where sorting
 * in falling order and summing up would stop, found by quickselect in linear time. The array is reordered.
 *
 * @param values At least one; not negative. `[n]`
 * @param mass What to reach. The least value is returned if there is not so much.
 * @param measure What a value counts: its `"value"`, or 1 for `"count"`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(cutoff(new Float64Array([0.1, 0.5, 0.1, 0.3]), 0.7, "value"), 0.3);
 * assert.equal(cutoff(new Float64Array([0.1, 0.5, 0.1, 0.3]), 3, "count"), 0.1);
 * ```
 */
export function cutoff(values: Float64Array, mass: number, measure: "value" | "count"): number {
  const byValue = measure === "value";
  let begin = 0;
  let end = values.length;
  let needed = mass;
  while (end - begin > 1) {
    const pivot = median(values[begin]!, values[(begin + end) >> 1]!, values[end - 1]!);
    // Dijkstra's three-way partition: [begin, above) > pivot, [above, at) = pivot, [below, end) < pivot.
    let above = begin;
    let below = end;
    let massAbove = 0;
    for (let at = begin; at < below;) {
      const value = values[at]!;
      if (value > pivot) {
        massAbove += byValue ? value : 1;
        values[at++] = values[above]!;
        values[above++] = value;
      } else if (value < pivot) {
        values[at] = values[--below]!;
        values[below] = value;
      } else {
        at++;
      }
    }
    const massEqual = (below - above) * (byValue ? pivot : 1);
    if (massAbove >= needed && above > begin) {
      end = above;
    } else if (massAbove + massEqual >= needed || below === end) {
      return pivot;
    } else {
      needed -= massAbove + massEqual;
      begin = below;
    }
  }
  return values[begin]!;
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
