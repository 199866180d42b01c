import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cutoff } from "../../src/sampling/cutoff.ts";
import { Fuzz } from "../fuzz.ts";

describe("cutoff", () => {
  it("is where sorting and summing up would stop", () => {
    const fuzz = new Fuzz("cutoff");
    for (let round = 0; round < 2000; round++) {
      // Whole numbers, so that sums are exact in any order; few of them, so that there are ties.
      const range = fuzz.pick([2, 5, 1000]);
      const values = Float64Array.from({ length: 1 + fuzz.below(40) }, () => fuzz.below(range));
      const order = fuzz.pick(["random", "rising", "falling"]);
      if (order !== "random") values.sort();
      if (order === "falling") values.reverse();
      const sorted = values.toSorted().reverse();
      for (const measure of ["value", "count"] as const) {
        const all = measure === "count" ? values.length : values.reduce((a, b) => a + b);
        const mass = 1 + fuzz.below(all + 2);
        let sum = 0;
        const expected = sorted.find((value) => (sum += measure === "count" ? 1 : value) >= mass) ??
          sorted.at(-1);
        assert.equal(
          cutoff(values.slice(), mass, measure),
          expected,
          `${values} ${mass} ${measure}`,
        );
      }
    }
  });

  it("returns the least value when the mass is not there", () => {
    assert.equal(cutoff(new Float64Array([3, 1, 2]), 100, "value"), 1);
    assert.equal(cutoff(new Float64Array([3, 1, 2]), 100, "count"), 1);
  });
});
