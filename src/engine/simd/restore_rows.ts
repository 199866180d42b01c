import type { SparseMatrix } from "./weights.ts";

/** Where more activations than this are not 0, products by row are faster. */
const MOST_NONZERO = 0.2;
/** Tokens that it takes to tell. */
const TOKENS = 64;

/**
 * Packs a matrix by column as the others are, if few of the activations that it was applied to were 0. No bit of any product
 * changes: sums of integers are exact.
 *
 * @returns whether it did
 */
export function restoreRows({ buffer }: WebAssembly.Memory, matrix: SparseMatrix): boolean {
  const { format, address, scales, outputs, inputs } = matrix;
  const tally = new Uint32Array(buffer, matrix.tally, 2);
  const [nonzero, all] = [tally[0]!, tally[1]!];
  if (format === "int8" || all < TOKENS * inputs) return false;
  tally.fill(0);
  if (nonzero <= MOST_NONZERO * all) return false;

  const weights = new Int8Array(buffer, address, outputs * inputs);
  const columns = weights.slice();
  const sums = new Int32Array(buffer, scales + outputs * Float32Array.BYTES_PER_ELEMENT, outputs);
  sums.fill(0);
  for (let output = 0; output < outputs; output++) {
    // As `packI8` does.
    const row = (output >> 2) * 4 * inputs + (output & 3) * 16;
    for (let column = 0; column < inputs; column++) {
      const weight = columns[column * outputs + output]!;
      weights[row + (column >> 4) * 64 + (column & 15)] = weight;
      sums[output]! += weight;
    }
  }
  matrix.format = "int8";
  return true;
}
