/** How the elements of a tensor lie in its storage, all in elements, not bytes. */
export interface StridedView {
  /** Where the first element is. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** How far apart the elements are along each dimension. */
  readonly stride: readonly number[];
}

/** The number of elements of the storage from the first to the last one that the view, which is not empty, touches. */
export function spannedLength({ shape, stride }: StridedView): number {
  return shape.reduce((last, size, i) => size === 1 ? last : last + (size - 1) * stride[i]!, 1);
}

/** Whether the elements lie one after another in row-major order. The stride of a dimension of size 1 says nothing. */
export function isContiguous({ shape, stride }: StridedView): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && stride[i] !== expected) return false;
    expected *= shape[i]!;
  }
  return true;
}

/**
 * Copies a view in row-major order.
 *
 * @param span The bytes of the storage from the view's first element to its last.
 * @param view The layout; its offset is not used.
 * @param elementBytes The bytes of one element: 1, 2, 4 or 8.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const transposed = { offset: 0, shape: [3, 2], stride: [1, 3] };
 * const bytes = makeContiguous(new Uint8Array([1, 2, 3, 4, 5, 6]), transposed, 1);
 * assert.deepEqual(bytes, new Uint8Array([1, 4, 2, 5, 3, 6]));
 * ```
 */
export function makeContiguous(
  span: Uint8Array<ArrayBuffer>,
  { shape, stride }: StridedView,
  elementBytes: number,
): Uint8Array<ArrayBuffer> {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(count * elementBytes);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    for (let i = 0; i < elementBytes; i++) {
      bytes[to * elementBytes + i] = span[from * elementBytes + i]!;
    }
    // Count up, the last dimension first.
    for (let i = shape.length - 1; i >= 0; i--) {
      from += stride[i]!;
      if (++index[i]! < shape[i]!) break;
      from -= stride[i]! * shape[i]!;
      index[i] = 0;
    }
  }
  return bytes;
}
