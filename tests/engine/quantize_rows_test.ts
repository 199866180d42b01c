import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { quantizeRows } from "../../src/engine/ort/quantize_rows.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

function quantize(W: readonly number[], outputs: number) {
  const matrix = { values: new Int8Array(W.length), units: new Float32Array(outputs) };
  quantizeRows(new Float32Array(W), matrix);
  return matrix;
}

describe("quantizeRows", () => {
  it("is off by no more than half a unit, and transposes", () => {
    const random = new SeededRandom(2);
    const [outputs, inputs] = [70, 9]; // more than a block
    const W = Array.from({ length: outputs * inputs }, () => (random.next() - 0.5) * 8);
    const { values, units } = quantize(W, outputs);
    for (let row = 0; row < outputs; row++) {
      for (let i = 0; i < inputs; i++) {
        const error = values[i * outputs + row]! * units[row]! - W[row * inputs + i]!;
        assert.ok(Math.abs(error) <= 0.5001 * units[row]!, `${row}, ${i}: off by ${error}`);
      }
    }
  });

  it("takes the largest number of each row to 127, whatever its sign", () => {
    const { values, units } = quantize([1, -4, 0.5, 0.25], 2);
    assert.deepEqual([...values], [32, 127, -127, 64]);
    assert.ok(Math.abs(units[0]! - 4 / 127) < 1e-7);
  });

  it("keeps a row of zeros", () => {
    const { values, units } = quantize([0, 0, 1, 1], 2);
    assert.deepEqual([...values], [0, 127, 0, 127]);
    assert.deepEqual([...units], [0, Math.fround(1 / 127)]);
  });
});
