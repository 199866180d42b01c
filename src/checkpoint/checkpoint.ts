import {
  MissingTensorError,
  UnsupportedCheckpointError,
  UnsupportedTensorError,
} from "./checkpoint_error.ts";
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

/**
 * Opens a checkpoint: `.safetensors`, or what `torch.save` of PyTorch 1.6 and later writes (`.pth`, `.pt`, `.bin`). The
 * content decides, not the name. The source is the checkpoint's from now on, and is closed with it, or at once on failure.
 *
 * @param source The bytes of the file.
 * @param name What to call it in messages.
 * @throws {UnsupportedCheckpointError} When the format is another one.
 * @throws {InvalidCheckpointError} When the file breaks the rules of its format.
 * @throws {TruncatedFileError} When the file is cut short.
 * @throws {UnsafePickleError} When its pickle asks for more than weights.
 */
export async function openCheckpoint(source: RandomAccess, name: string): Promise<Checkpoint> {
  try {
    const head = await source.read(0, Math.min(source.size, 16));
    const text = String.fromCharCode(...head);
    if (text.startsWith("PK")) {
      // Its parsers take longer to load than a small model, and most files do not need them.
      const { openPth } = await import("./pth.ts");
      return await openPth(source, name);
    }
    // Eight bytes of length, then a JSON object.
    if (text[8] === "{") return await openSafetensors(source, name);
    throw new UnsupportedCheckpointError(name, describeUnknown(text));
  } catch (error) {
    source.close();
    throw error;
  }
}

function describeUnknown(head: string): string {
  if (head.startsWith("\x80")) {
    return "it is a PyTorch file from before version 1.6; load and save it again with a newer one";
  }
  if (head.startsWith("GGUF")) return "GGUF is not supported; use the .pth or .safetensors file";
  if (head.startsWith("version https:")) {
    return "it is a Git LFS pointer, not the file itself; fetch that with git lfs pull";
  }
  return "it is neither a .safetensors file nor one that torch.save wrote";
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
