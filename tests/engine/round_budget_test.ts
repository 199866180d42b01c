import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RoundBudget } from "../../src/engine/round_budget.ts";

describe("RoundBudget", () => {
  it("keeps a round with several reads within 40 ms, whoever is in it", () => {
    const cases: readonly [tokenMs: number, left: number[], expected: number[]][] = [
      [2, [1000, 1], [19, 1]],
      [2, [1000, 1000, 1], [9, 9, 1]],
      [2, [3, 1000, 1], [3, 16, 1]],
      [0.1, [1000, 1], [64, 1]],
      [2, [5, 1], [5, 1]],
      // What is too slow goes on all the same.
      [100, [1000, 1], [1, 1]],
      // Nobody is held back.
      [2, [1000], [64]],
      [2, [], []],
    ];
    for (const [tokenMs, left, expected] of cases) {
      const budget = new RoundBudget(64);
      budget.measured(64, 64 * tokenMs);
      assert.deepEqual(budget.share(left), expected, `${tokenMs} ms, ${left}`);
    }
  });

  it("learns what a token costs, from rounds that tell", () => {
    const budget = new RoundBudget(64);
    assert.deepEqual(budget.share([1000, 1]), [8, 1]);
    budget.measured(1, 50);
    assert.deepEqual(budget.share([1000, 1]), [8, 1]);
    for (let i = 0; i < 30; i++) budget.measured(20, 80);
    assert.deepEqual(budget.share([1000, 1]), [9, 1]);
    for (let i = 0; i < 30; i++) budget.measured(20, 20);
    const [chunk] = budget.share([1000, 1]);
    assert.ok(chunk! >= 38 && chunk! <= 39, `${chunk}`);
  });
});
