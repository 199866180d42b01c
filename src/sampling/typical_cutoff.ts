/**
 * The least distance such that all tokens that are not farther together have the mass asked for. This is where sorting by
 * distance and summing up would stop, found by quickselect in linear time. Both arrays are reordered alike.
 *
 * @param distances At least one. `[n]`
 * @param weights What each counts. Not negative. `[n]`
 * @param mass What to reach. The greatest distance is returned if there is not so much.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const weights = new Float64Array([0.5, 0.3, 0.2]);
 * assert.equal(typicalCutoff(new Float64Array([4, 1, 2]), weights, 0.4), 2);
 * ```
 */
export function typicalCutoff(
  distances: Float64Array,
  weights: Float64Array,
  mass: number,
): number {
  const swap = (a: number, b: number): void => {
    const [distance, weight] = [distances[a]!, weights[a]!];
    distances[a] = distances[b]!;
    weights[a] = weights[b]!;
    distances[b] = distance;
    weights[b] = weight;
  };
  let begin = 0;
  let end = distances.length;
  let needed = mass;
  while (end - begin > 1) {
    const pivot = distances[(begin + end) >> 1]!;
    // Dijkstra's three-way partition: [begin, below) < pivot, [below, at) = pivot, [above, end) > pivot.
    let below = begin;
    let above = end;
    let massBelow = 0;
    let massEqual = 0;
    for (let at = begin; at < above;) {
      const distance = distances[at]!;
      if (distance < pivot) {
        massBelow += weights[at]!;
        swap(at++, below++);
      } else if (distance > pivot) {
        swap(at, --above);
      } else {
        massEqual += weights[at++]!;
      }
    }
    if (massBelow >= needed && below > begin) {
      end = below;
    } else if (massBelow + massEqual >= needed || above === end) {
      return pivot;
    } else {
      needed -= massBelow + massEqual;
      begin = above;
    }
  }
  return distances[begin]!;
}
