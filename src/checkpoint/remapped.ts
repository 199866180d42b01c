import type { Checkpoint } from "./checkpoint.ts";
import { MissingTensorError, UnsupportedTensorError } from "./checkpoint_error.ts";
import { makeContiguous } from "./strided.ts";
import { DTYPE_BYTES, elementCount, type TensorInfo } from "./tensor.ts";
import { isFloat, toFloat32 } from "./to_float32.ts";

/** How a tensor is made from one of another checkpoint. */
export interface Derived {
  /** The name of the other checkpoint's tensor. */
  readonly from: string;
  /** The shape of the result. Absent: the other tensor's, with the last two axes swapped under `transpose`. */
  readonly shape?: readonly number[];
  /** Elements of the other tensor before this one, which is a part of it. @default 0 */
  readonly start?: number;
  /** Whether the last two axes are swapped. Not together with `start`. */
  readonly transpose?: boolean;
  /** Multiplies every element; the result is float32. */
  readonly scale?: number;
}

interface Target extends TensorInfo {
  readonly derived: Derived;
}

/**
 * A checkpoint whose tensors are those of another under new names, cut, transposed or scaled. Parts are read as parts:
 * only a transposed tensor is in memory whole.
 *
 * @throws {MissingTensorError} When the other checkpoint lacks a tensor.
 * @throws {UnsupportedTensorError} When a tensor does not have the shape or type that its change needs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array([1, 2, 3, 4, 5, 6]);
 * const source: Parameters<typeof remapped>[0] = {
 *   name: "example",
 *   tensors: new Map([["w", { name: "w", dtype: "U8", shape: [2, 3] }]]),
 *   read: () => Promise.resolve(bytes),
 *   readInto: () => Promise.reject(new Error("unused")),
 *   close() {},
 * };
 * const renamed = remapped(source, new Map([["v", { from: "w", transpose: true }]]));
 * assert.deepEqual(renamed.tensors.get("v")?.shape, [3, 2]);
 * assert.deepEqual(await renamed.read("v"), new Uint8Array([1, 4, 2, 5, 3, 6]));
 * ```
 */
export function remapped(source: Checkpoint, names: ReadonlyMap<string, Derived>): Checkpoint {
  const tensors = new Map<string, Target>();
  for (const [name, derived] of names) tensors.set(name, describe(source, name, derived));
  const find = (name: string): Target => {
    const target = tensors.get(name);
    if (!target) throw new MissingTensorError(source.name, name);
    return target;
  };
  /** The transposed tensor that was read last: engines ask for one part after another. */
  let last: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  async function readInto(
    name: string,
    offset: number,
    into: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { derived: { from, start = 0, transpose = false, scale } } = find(name);
    const { dtype } = source.tensors.get(from)!;
    if (transpose) {
      if (last?.name !== name) last = { name, bytes: await readTransposed(source, from) };
      into.set(last.bytes.subarray(offset, offset + into.byteLength));
    } else if (scale === undefined) {
      await source.readInto(from, start * DTYPE_BYTES[dtype] + offset, into);
    } else if (isFloat(dtype)) {
      const first = Math.floor(offset / 4);
      const count = Math.ceil((offset + into.byteLength) / 4) - first;
      const stored = new Uint8Array(count * DTYPE_BYTES[dtype]);
      await source.readInto(from, (start + first) * DTYPE_BYTES[dtype], stored);
      const floats = toFloat32(stored, dtype);
      for (let i = 0; i < floats.length; i++) floats[i]! *= scale;
      const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
      into.set(bytes.subarray(offset - 4 * first, offset - 4 * first + into.byteLength));
    }
  }

  return {
    ...source,
    tensors,
    async read(name) {
      const { dtype, shape } = find(name);
      const bytes = new Uint8Array(elementCount(shape)! * DTYPE_BYTES[dtype]);
      await readInto(name, 0, bytes);
      return bytes;
    },
    readInto,
  };
}

function describe(source: Checkpoint, name: string, derived: Derived): Target {
  const { from, start = 0, transpose = false, scale } = derived;
  const info = source.tensors.get(from);
  if (!info) throw new MissingTensorError(source.name, from);
  const whole = transpose ? swapped(info.shape) : info.shape;
  if (whole === undefined) {
    throw new UnsupportedTensorError(source.name, from, "should be a matrix, but is not");
  }
  const shape = derived.shape ?? whole;
  const count = elementCount(shape);
  const available = elementCount(info.shape);
  const fits = count !== undefined && available !== undefined && start + count <= available;
  if (!fits || (start === 0 && derived.shape === undefined && count !== available)) {
    const why = `has shape [${info.shape}], too few elements for [${shape}] at ${start}`;
    throw new UnsupportedTensorError(source.name, from, why);
  }
  if (scale !== undefined && !isFloat(info.dtype)) {
    throw new UnsupportedTensorError(source.name, from, `is ${info.dtype}, which is no weight`);
  }
  return { name, dtype: scale === undefined ? info.dtype : "F32", shape, derived };
}

/** A shape with its last two sizes swapped. */
function swapped(shape: readonly number[]): readonly number[] | undefined {
  if (shape.length < 2) return undefined;
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

async function readTransposed(source: Checkpoint, from: string): Promise<Uint8Array<ArrayBuffer>> {
  const { dtype, shape } = source.tensors.get(from)!;
  const [rows, columns] = shape.slice(-2) as [number, number];
  const stack = elementCount(shape)! / Math.max(1, rows * columns);
  const view = { offset: 0, shape: [stack, columns, rows], stride: [rows * columns, 1, columns] };
  return makeContiguous(await source.read(from), view, DTYPE_BYTES[dtype]);
}
