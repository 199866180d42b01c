import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { instantiateKernels, loadKernels } from "../../src/engine/simd/kernels.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

const COLUMNS = 32;

/** Rows that share units' words: those of rows 4 to 7 end in the bits of those of rows 0 to 3. */
const ROWS = 8;

/** The sum of squared errors of the best line through 32 numbers and their roundings, of many units and offsets. */
function leastSquares(x: readonly number[]): number {
  const [low, high] = [Math.min(...x), Math.max(...x)];
  let best = Infinity;
  for (let steps = 6; steps <= 9; steps += 0.05) {
    const unit = (high - low) / 2 / steps;
    const offset = (high + low + unit) / 2;
    let error = 0;
    for (const number of x) {
      const q = Math.min(7, Math.max(-8, Math.round((number - offset) / unit)));
      error += (number - offset - unit * q) ** 2;
    }
    best = Math.min(best, error);
  }
  return best;
}

it("packI4 finds units and offsets that are nearly the best", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new SeededRandom(seed);
  const kernels = await instantiateKernels(await loadKernels("plain"));
  kernels.memory.grow(1);
  const { buffer } = kernels.memory;
  let [all, least] = [0, 0];
  for (let round = 0; round < 200; round++) {
    // Sums of three uniform numbers, on either side of 0 or on both.
    const [size, middle] = [2 ** (round % 20 - 10), random.next() - 0.5];
    const x = Array.from({ length: ROWS * COLUMNS }, () => {
      return size * (random.next() + random.next() + random.next() - 1.5 + 2 * middle);
    });
    const numbers = new Float32Array(buffer, 4096, x.length);
    numbers.set(x);
    kernels.packI4(1024, 4096, ROWS, COLUMNS);
    kernels.subtractI4(1024, 4096, ROWS, COLUMNS); // leaves the errors
    for (let row = 0; row < ROWS; row++) {
      const errors = numbers.subarray(row * COLUMNS, (row + 1) * COLUMNS);
      const sum = errors.reduce((sum, error) => sum + error * error, 0);
      const possible = leastSquares(x.slice(row * COLUMNS, (row + 1) * COLUMNS));
      assert.ok(sum < 1.6 * possible, `seed ${seed}, round ${round}: ${sum} of ${possible}`);
      all += sum / size ** 2;
      least += possible / size ** 2;
    }
  }
  assert.ok(all < 1.05 * least, `seed ${seed}: ${all / least} times the least errors`);
});

it("packI4 keeps groups of equal numbers as they are", async () => {
  const kernels = await instantiateKernels(await loadKernels("plain"));
  kernels.memory.grow(1);
  const numbers = new Float32Array(kernels.memory.buffer, 4096, ROWS * COLUMNS);
  for (const value of [0, 0.25, -3, 2 ** -40]) {
    numbers.fill(value);
    kernels.packI4(1024, 4096, ROWS, COLUMNS);
    kernels.subtractI4(1024, 4096, ROWS, COLUMNS);
    for (const error of numbers) assert.ok(Math.abs(error) <= Math.abs(value) / 256, `${value}`);
  }
});
