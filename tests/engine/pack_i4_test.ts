import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { instantiateKernels, loadKernels } from "../../src/engine/simd/kernels.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

const COLUMNS = 32;
const f = Math.fround;

/** Sums as the kernels make them: over every fourth column, then of the even and of the odd ones. */
function sum(terms: readonly number[]): number {
  const lanes = [0, 0, 0, 0];
  for (const [i, term] of terms.entries()) lanes[i % 4] = f(lanes[i % 4]! + term);
  return f(f(lanes[0]! + lanes[2]!) + f(lanes[1]! + lanes[3]!));
}

/** Of two whole numbers that are as near, the even one. */
function nearest(x: number): number {
  const inside = Math.min(7, Math.max(-8, x));
  const floor = Math.floor(inside);
  const rest = inside - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The upper half of the nearest bfloat16. */
function bfloat16(x: number): number {
  const bits = new Uint32Array(new Float32Array([x]).buffer)[0]!;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** What is said of the unit, one step after the other. */
function bestUnit(x: readonly number[]): number {
  const max = Math.max(...x.map(Math.abs));
  const sign = x.includes(-max) ? 1 : -1;
  let [best, bestScore] = [0, -1];
  for (const steps of [8.5, 7.75, 7, 6.25]) {
    const factor = f(sign * steps * f(1 / max));
    const t = x.map((number) => f(number * factor));
    const q = t.map(nearest);
    const qt = sum(q.map((whole, i) => f(whole * t[i]!)));
    const u = f(qt / sum(q.map((whole) => whole * whole)));
    const score = f(f(u * qt) / (steps * steps));
    if (score > bestScore) [best, bestScore] = [f(u * f(max / (sign * steps))), score];
  }
  return best;
}

it("packI4 takes the best of four units, and of equal ones the first", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new SeededRandom(seed);
  const kernels = await instantiateKernels(await loadKernels("plain"));
  kernels.memory.grow(1);
  const { buffer } = kernels.memory;
  const groups: number[][] = Array.from({ length: 500 }, (_, i) => {
    const size = 2 ** (i % 20 - 10);
    return Array.from({ length: COLUMNS }, () => f((random.next() - 0.5) * size));
  });
  // The largest on one side, on the other, on both; only one number; all alike.
  const flat = Array<number>(COLUMNS).fill(0.25);
  groups.push(flat, flat.map((x) => -x), flat.with(9, -0.25));
  groups.push(
    Array<number>(COLUMNS).fill(0).with(31, 3),
    Array<number>(COLUMNS).fill(0).with(0, -3),
  );
  for (const group of groups) {
    new Float32Array(buffer, 4096, COLUMNS).set(group);
    kernels.packI4(1024, 4096, 1, COLUMNS);
    const unit = new Uint16Array(buffer, 1024, 1)[0];
    assert.equal(unit, bfloat16(bestUnit(group)), `seed ${seed}: ${group}`);
  }
});
