import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { BytePairMerges } from "../../src/tokenizer/byte_pair_merges.ts";
import { Fuzz } from "../fuzz.ts";

type Merges = readonly (readonly [left: number, right: number, token: number])[];

/** A simple reference implementation, O(n^2). */
function reference(merges: Merges, word: readonly number[]): number[] {
  const tokens = [...word];
  for (;;) {
    const rank = (at: number) =>
      merges.findIndex(([left, right]) => left === tokens[at] && right === tokens[at + 1]);
    const ranked = tokens.slice(1).map((_, at) => ({ at, rank: rank(at) }))
      .filter(({ rank }) => rank !== -1)
      .sort((a, b) => a.rank - b.rank || a.at - b.at);
    const [best] = ranked;
    if (best === undefined) return tokens;
    tokens.splice(best.at, 2, merges[best.rank]![2]);
  }
}

describe("BytePairMerges", () => {
  it("merges the leftmost pair of lowest rank, including pairs that result from merges", () => {
    const merges = new BytePairMerges([[2, 3, 9], [9, 9, 10], [1, 2, 8]]);
    assert.deepEqual(merges.apply([1, 2, 3, 2, 3]), [1, 10]);
    assert.deepEqual(merges.apply([2, 3, 2, 3, 2, 3]), [10, 9]);
    assert.deepEqual(merges.apply([]), []);
    assert.deepEqual(merges.apply([7]), [7]);
  });

  it("applies the first of two merges of the same pair", () => {
    assert.deepEqual(new BytePairMerges([[1, 1, 5], [1, 1, 6]]).apply([1, 1]), [
      5,
    ]);
  });

  it("agrees with the reference for random merges and words", () => {
    const fuzz = new Fuzz("byte pair merges");
    for (let round = 0; round < 300; round++) {
      const merges: [number, number, number][] = [];
      for (let i = 0; i < 12; i++) {
        merges.push([fuzz.below(4 + i), fuzz.below(4 + i), 4 + i]);
      }
      const word = Array.from({ length: fuzz.below(60) }, () => fuzz.below(4));
      assert.deepEqual(
        new BytePairMerges(merges).apply(word),
        reference(merges, word),
      );
    }
  });
});
