/** A matrix W `[outputs, inputs]` in int8. */
export interface Int8Matrix {
  /** Whole numbers from -127 to 127, transposed: `[inputs, outputs]`. */
  readonly values: Int8Array;
  /** What a 1 in a row of W stands for, `[outputs]`. */
  readonly units: Float32Array;
}

const MAX_INT8 = 127;

/** Outputs that are transposed together, so that what is written lies in lines of the cache. */
const BLOCK = 64;

/**
 * Rounds each row of W to whole multiples of the unit with which its largest number is 127.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const matrix = { values: new Int8Array(4), units: new Float32Array(2) };
 * quantizeRows(new Float32Array([127, -2, 0.5, 0.25]), matrix);
 * assert.deepEqual([...matrix.values], [127, 127, -2, 64]);
 * ```
 */
export function quantizeRows(W: Float32Array, { values, units }: Int8Matrix): void {
  const outputs = units.length;
  const inputs = W.length / outputs;
  for (let first = 0; first < outputs; first += BLOCK) {
    const end = Math.min(first + BLOCK, outputs);
    for (let row = first; row < end; row++) {
      let largest = 0;
      for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(W[row * inputs + i]!));
      units[row] = largest / MAX_INT8;
      const scale = largest === 0 ? 0 : MAX_INT8 / largest;
      for (let i = 0; i < inputs; i++) {
        values[i * outputs + row] = Math.round(W[row * inputs + i]! * scale);
      }
    }
  }
}
