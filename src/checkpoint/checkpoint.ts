import { MissingTensorError, UnsupportedTensorError } from "./checkpoint_error.ts";
import type { RandomAccess } from "./random_access.ts";
import { openSafetensors } from "./safetensors.ts";
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
 * Opens a checkpoint: `.safetensors`, `.gguf`, or what `torch.save` of PyTorch 1.6 and later writes (`.pth`, `.pt`,
 * `.bin`). The content decides, not the name. The source is the checkpoint's from now on, and is closed with it, or at once on failure.
 *
 * @param source The bytes of the file.
 * @param name What to call it in messages.
 * @throws {ForeignFileError} When it is something else, which the message names.
 * @throws {UnsupportedCheckpointError} When it is a variant of a format that is not read.
 * @throws {InvalidCheckpointError} When the file breaks the rules of its format.
 * @throws {TruncatedFileError} When the file is cut short.
 * @throws {UnsafePickleError} When its pickle asks for more than weights.
 */
export async function openCheckpoint(source: RandomAccess, name: string): Promise<Checkpoint> {
  try {
    const head = await source.read(0, Math.min(source.size, HEAD_BYTES));
    const text = String.fromCharCode(...head);
    // The parsers of the rarer formats are imported when a file needs them, to keep start-up fast.
    if (text.startsWith("PK")) {
      const { openPth } = await import("./pth.ts");
      return await openPth(source, name);
    }
    if (text.startsWith("GGUF")) {
      const { openGguf } = await import("./gguf.ts");
      return await openGguf(source, name);
    }
    if (text.startsWith(PACKED_MAGIC)) {
      const { openPacked } = await import("./packed.ts");
      return await openPacked(source, name);
    }
    // Eight bytes of length, then a JSON object.
    if (text[8] === "{") return await openSafetensors(source, name);
    const { recogniseForeign } = await import("./foreign_files.ts");
    throw recogniseForeign(name, text, source.size);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** What packed files begin with. */
export const PACKED_MAGIC = "TERNPACK";

/** Bytes at the beginning of a file that tell its format. */
const HEAD_BYTES = 512;

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
