import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { UnsupportedTensorError } from "../../checkpoint/checkpoint_error.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import { isFloat, toFloat32 } from "../../checkpoint/to_float32.ts";

/** Elements that are read at once: a multiple of every block size. */
const BLOCK_ELEMENTS = 1 << 20;

/** The number types that weights can be written in. */
const DTYPES = ["f32", "f16", "bf16"] as const;
export type OutputDType = (typeof DTYPES)[number];

/** The float32 values of a tensor, in order, a part at a time: it is never whole in memory. */
export async function* floatBlocks(
  checkpoint: Checkpoint,
  name: string,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const { dtype, shape } = checkpoint.tensors.get(name)!;
  if (!isFloat(dtype)) {
    throw new UnsupportedTensorError(checkpoint.name, name, `holds ${dtype}, which is no weight`);
  }
  const elements = elementCount(shape)!;
  for (let at = 0; at < elements; at += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elements - at);
    const bytes = new Uint8Array(count * DTYPE_BYTES[dtype]);
    await checkpoint.readInto(name, at * DTYPE_BYTES[dtype], bytes);
    yield toFloat32(bytes, dtype);
  }
}

/** The bytes of a tensor in another type, a part at a time. Rounds to nearest even. */
export async function* convertedBlocks(
  checkpoint: Checkpoint,
  name: string,
  to: OutputDType,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const floats of floatBlocks(checkpoint, name)) {
    if (to === "f32") yield new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    else if (to === "f16") yield new Uint8Array(new Float16Array(floats).buffer);
    else yield new Uint8Array(toBfloat16(floats).buffer);
  }
}

/**
 * Rounds to bfloat16, the upper half of a float32: to nearest, ties to even. NaN stays NaN.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const halves = toBfloat16(new Float32Array([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, NaN]));
 * assert.deepEqual([...halves], [0x3f80, 0x3f80, 0x3f82, 0x7fc0]);
 * ```
 */
export function toBfloat16(floats: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const isNaN = (word & 0x7fffffff) > 0x7f800000;
    halves[i] = isNaN ? 0x7fc0 : (word + 0x7fff + (word >>> 16 & 1)) >>> 16;
  }
  return halves;
}
