import type { DType } from "./tensor.ts";

/** The number types that weights come in. */
export type FloatDType = "F64" | "F32" | "F16" | "BF16";

/** Whether a type is one of floating-point numbers. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return ["F64", "F32", "F16", "BF16"].includes(dtype);
}

/**
 * Numbers of a floating-point type as float32. Float64 is rounded, the others fit exactly; float32 is not copied.
 *
 * @param bytes little-endian, aligned to the type
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = new Uint8Array(new Float16Array([0.5, -2]).buffer);
 * assert.deepEqual(toFloat32(bytes, "F16"), new Float32Array([0.5, -2]));
 * ```
 */
export function toFloat32(
  { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>,
  dtype: FloatDType,
): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "F64":
      return new Float32Array(new Float64Array(buffer, byteOffset, byteLength / 8));
    case "F16":
      return new Float32Array(new Float16Array(buffer, byteOffset, byteLength / 2));
    case "BF16":
      return widenBfloat16(new Uint16Array(buffer, byteOffset, byteLength / 2));
  }
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}
