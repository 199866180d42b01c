import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { exp } from "../../src/sampling/exp.ts";
import { Fuzz } from "../fuzz.ts";

describe("exp", () => {
  it("is right to a few units of the last place", () => {
    const fuzz = new Fuzz("exp");
    for (let i = 0; i < 200_000; i++) {
      const x = -fuzz.next() * fuzz.pick([1e-9, 1, 20, 708]);
      const error = Math.abs(exp(x) / Math.exp(x) - 1);
      assert.ok(error < 1e-15, `${x}: off by ${error}`);
    }
  });

  it("is 1 at 0, and 0 where e^x is below all numbers", () => {
    assert.equal(exp(0), 1);
    assert.equal(exp(-0), 1);
    assert.equal(exp(-5e-324), 1);
    for (const x of [-751, -1e6, -1e308, -Infinity]) assert.equal(exp(x), 0);
  });

  it("never falls as x rises, but for a unit of the last place", () => {
    let last = 0;
    for (let x = -40; x <= 0; x += 1 / 4096) {
      const y = exp(x);
      assert.ok(y >= last * (1 - Number.EPSILON), `${x}`);
      last = y;
    }
  });
});
