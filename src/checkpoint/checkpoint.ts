import { MissingTensorError, UnsupportedTensorError } from "./checkpoint_error.ts";
import type { TensorInfo } from "./tensor.ts";
import { isFloat, toFloat32 } from "./to_float32.ts";

export type { DType, TensorInfo } from "./tensor.ts";

/** Named tensors in a file. They are read one at a time, when they are asked for. */
export interface Checkpoint {
  /** The file, for messages. */
  readonly name: string;
  /** What there is, by name. The order means nothing. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What a GGUF file says besides: numbers, texts, and arrays of texts or int32, by key. */
  readonly metadata?: ReadonlyMap<string, unknown>;

  /** The weights of a packed file, as the engine keeps them in memory. Its tensors cannot be read one by one. */
  readonly packed?: PackedWeights;

  /**
   * Reads a tensor: its elements in row-major order, little-endian, in an array of the caller's own that starts its buffer.
   *
   * @throws {MissingTensorError} When there is no such tensor.
   * @throws {CheckpointError} When its bytes cannot be read.
   */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;

  /**
   * Fills an array with a part of what {@linkcode read} gives, so that a large tensor need not be in memory whole.
   *
   * @param offset Bytes of the tensor before the part, which lies inside the tensor.
   * @throws {MissingTensorError} When there is no such tensor.
   * @throws {CheckpointError} When its bytes cannot be read.
   */
  readInto(name: string, offset: number, into: Uint8Array<ArrayBuffer>): Promise<void>;

  /** Closes the file. */
  close(): void;
}

/** Weights that were packed beforehand for one engine. */
export interface PackedWeights {
  /** What matrices are kept in. */
  readonly weights: string;
  /** Names the model that was packed, as `ModelFingerprint` does. */
  readonly fingerprint: string;
  /** Names the arrangement in memory: an engine that arranges weights otherwise cannot use them. */
  readonly layout: string;
  /** Where they begin in the engine's memory, and how many bytes they are. */
  readonly start: number;
  readonly bytes: number;
  /** Fills an array with the bytes from an offset on. */
  readInto(offset: number, into: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * Reads a tensor of any floating-point type as float32. Float64 is rounded, the others fit exactly.
 *
 * @throws {UnsupportedTensorError} When it holds integers or booleans.
 * @throws {MissingTensorError} When there is no such tensor.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const halves = new Float16Array([0.5, -2]);
 * const checkpoint: Checkpoint = {
 *   name: "example",
 *   tensors: new Map([["w", { name: "w", dtype: "F16", shape: [2] }]]),
 *   read: () => Promise.resolve(new Uint8Array(halves.buffer)),
 *   readInto: () => Promise.reject(new Error("unused")),
 *   close() {},
 * };
 * assert.deepEqual(await readFloat32(checkpoint, "w"), new Float32Array([0.5, -2]));
 * ```
 */
export async function readFloat32(
  checkpoint: Checkpoint,
  name: string,
): Promise<Float32Array<ArrayBuffer>> {
  const info = checkpoint.tensors.get(name);
  if (!info) throw new MissingTensorError(checkpoint.name, name);
  if (!isFloat(info.dtype)) {
    const why = `is ${info.dtype}, not a floating-point type`;
    throw new UnsupportedTensorError(checkpoint.name, name, why);
  }
  return toFloat32(await checkpoint.read(name), info.dtype);
}
