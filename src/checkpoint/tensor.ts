/** The number types of tensors, by the names that safetensors gives them, with their sizes in bytes. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** A number type of tensors. */
export type DType = keyof typeof DTYPE_BYTES;

/** What a checkpoint says about a tensor. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  /** The sizes of the dimensions, the outermost first. A scalar has none. */
  readonly shape: readonly number[];
}

/**
 * The number of elements of a shape, or `undefined` if it is too large to count.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(elementCount([2, 3, 4]), 24);
 * assert.equal(elementCount([]), 1);
 * assert.equal(elementCount([2 ** 30, 2 ** 30]), undefined);
 * ```
 */
export function elementCount(shape: readonly number[]): number | undefined {
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}
