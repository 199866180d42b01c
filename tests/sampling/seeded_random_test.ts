import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

describe("SeededRandom", () => {
  it("gives the same numbers for the same seed, today and tomorrow", () => {
    const random = new SeededRandom(42);
    const numbers = [random.next(), random.next(), random.next()];
    assert.deepEqual(numbers, [0.8780733595849197, 0.036039953476899034, 0.6599487972507425]);
  });

  it("gives other numbers for every other seed, negative and beyond 32 bits too", () => {
    const seeds = [0, 1, -1, 42, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 32 + 1, -(2 ** 32)];
    seeds.push(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER);
    const first = seeds.map((seed) => new SeededRandom(seed).next());
    assert.equal(new Set(first).size, seeds.length);
    assert(first.every((number) => number >= 0 && number < 1));
  });

  it("gives first numbers that are spread out for neighbouring seeds", () => {
    const buckets = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 10_000; seed++) {
      buckets[Math.floor(new SeededRandom(seed).next() * 10)]!++;
    }
    for (const count of buckets) assert(count > 850 && count < 1150, `${buckets}`);
  });

  it("goes on where it was saved", () => {
    const random = new SeededRandom(3);
    random.next();
    const copy = SeededRandom.restore(random.save());
    assert.deepEqual([copy.next(), copy.next()], [random.next(), random.next()]);
  });
});
