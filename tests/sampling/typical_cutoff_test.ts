import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { typicalCutoff } from "../../src/sampling/typical_cutoff.ts";
import { Fuzz } from "../fuzz.ts";

describe("typicalCutoff", () => {
  it("finds where sorting by distance and summing up would stop", () => {
    const fuzz = new Fuzz("typical cutoff");
    for (let round = 0; round < 500; round++) {
      const size = 1 + fuzz.below(60);
      const ties = fuzz.next() < 0.5;
      // Weights whose sums are exact in any order.
      const tokens = Array.from({ length: size }, () => ({
        distance: ties ? fuzz.below(5) : fuzz.next(),
        weight: fuzz.below(64),
      }));
      const total = tokens.reduce((sum, { weight }) => sum + weight, 0);
      const mass = fuzz.pick([0, 1, fuzz.below(total + 1), total, total + 1]);
      const sorted = tokens.toSorted((a, b) => a.distance - b.distance);
      let sum = 0;
      const expected = sorted.find(({ weight }) => (sum += weight) >= mass) ?? sorted.at(-1)!;
      const found = typicalCutoff(
        Float64Array.from(tokens, ({ distance }) => distance),
        Float64Array.from(tokens, ({ weight }) => weight),
        mass,
      );
      assert.equal(found, expected.distance, JSON.stringify({ tokens, mass }));
    }
  });
});
