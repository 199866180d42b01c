/** How a matrix is stored. */
export interface MatrixOrder {
  /** Rows of W. */
  readonly outputs: number;
  /** Columns of W, a multiple of 4. */
  readonly inputs: number;
  /** Whether what is stored is W's transpose, `[inputs, outputs]`. */
  readonly transposed: boolean;
}

/** Columns of a row that lie side by side in {@linkcode packRowsInt8}. */
export const INT8_COLUMNS = 16;

/**
 * Packs W for the kernels: groups of four rows; in a group, for every four columns, those of each of its rows. What is
 * missing of the last group stays as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const packed = new Float32Array(4 * 8);
 * packRows(Float32Array.from({ length: 16 }, (_, i) => i), packed, { outputs: 2, inputs: 8, transposed: false });
 * assert.deepEqual([...packed.subarray(0, 8)], [0, 1, 2, 3, 8, 9, 10, 11]);
 * assert.deepEqual([...packed.subarray(16, 24)], [4, 5, 6, 7, 12, 13, 14, 15]);
 * ```
 */
export function packRows(values: Float32Array, target: Float32Array, order: MatrixOrder): void {
  const { outputs, inputs, transposed } = order;
  const [rowStep, columnStep] = transposed ? [1, outputs] : [inputs, 1];
  for (let row = 0; row < outputs; row++) {
    let to = (row >> 2) * 4 * inputs + (row & 3) * 4;
    let from = row * rowStep;
    for (let column = 0; column < inputs; column += 4) {
      for (let i = 0; i < 4; i++) {
        target[to + i] = values[from]!;
        from += columnStep;
      }
      to += 16;
    }
  }
}

/**
 * Rounds each row of W to whole numbers of which the largest is 127, and packs them: groups of four rows; in a group, for
 * every 16 columns, those of each of its rows.
 *
 * @param scales gets the unit of each row
 */
export function packRowsInt8(
  values: Float32Array,
  target: Int8Array,
  scales: Float32Array,
  order: MatrixOrder,
): void {
  const { outputs, inputs, transposed } = order;
  const [rowStep, columnStep] = transposed ? [1, outputs] : [inputs, 1];
  for (let row = 0; row < outputs; row++) {
    let largest = 0;
    for (let i = 0, from = row * rowStep; i < inputs; i++, from += columnStep) {
      largest = Math.max(largest, Math.abs(values[from]!));
    }
    scales[row] = largest / 127;
    const factor = largest > 0 ? 127 / largest : 0;
    let to = (row >> 2) * 4 * inputs + (row & 3) * INT8_COLUMNS;
    let from = row * rowStep;
    for (let column = 0; column < inputs; column += INT8_COLUMNS) {
      for (let i = 0; i < INT8_COLUMNS; i++) {
        target[to + i] = Math.round(values[from]! * factor);
        from += columnStep;
      }
      to += 4 * INT8_COLUMNS;
    }
  }
}
