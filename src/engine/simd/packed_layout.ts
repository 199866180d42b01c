import type { Checkpoint, PackedWeights } from "../../checkpoint/checkpoint.ts";
import { InvalidCheckpointError } from "../../checkpoint/checkpoint_error.ts";
import type { TensorInfo } from "../../checkpoint/tensor.ts";
import type { WeightFormat } from "./weight_format.ts";
import type { Destination, Weights } from "./weights.ts";

/** Weights begin here in memory: address 0 stays unused, and the arena aligns what it gives out. */
export const WEIGHTS_START = 64;
/** Changes with what packing kernels write. */
const PACKING_VERSION = 1;
/** Bytes that are read at once. */
const BLOCK_BYTES = 1 << 24;

/** What {@linkcode layoutOf} looks at: a `Program`. */
export interface Layout {
  readonly format: WeightFormat;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly weights: Pick<Weights, "destinations">;
  readonly weightBytes: number;
}

/** Names the arrangement of weights in memory: programs with the same name can use each other's. */
export async function layoutOf({ tensors, weights, weightBytes }: Layout): Promise<string> {
  const places = [...tensors.keys()].sort().map((name) =>
    [name, weights.destinations(name).map(describe)] as const
  );
  const text = JSON.stringify([PACKING_VERSION, weightBytes, places]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).subarray(0, 16).toHex();
}

function describe(to: Destination): readonly (string | number | boolean)[] {
  switch (to.kind) {
    case "stored":
      return [to.kind, to.address];
    case "vector":
      return [to.kind, to.vector.buffer.address, to.repeat];
    case "matrix": {
      const { format, address, outputs, inputs, scales } = to.matrix;
      return [to.kind, format, address, outputs, inputs, scales || 0, to.index, to.transposed];
    }
  }
}

/**
 * Reads packed weights to where they belong.
 *
 * @returns the model's fingerprint
 * @throws {InvalidCheckpointError} if they are of another type, or arranged otherwise
 */
export async function loadPacked(
  { name }: Checkpoint,
  packed: PackedWeights,
  { buffer }: WebAssembly.Memory,
  layout: Layout,
): Promise<string> {
  if (packed.weights !== layout.format) {
    throw new InvalidCheckpointError(
      name,
      `it holds ${packed.weights} weights, not ${layout.format}: set TERN_WEIGHTS=${packed.weights}, ` +
        "or use the model's original file",
    );
  }
  const end = packed.start + packed.bytes;
  const fits = packed.start === WEIGHTS_START && end === layout.weightBytes;
  if (!fits || packed.layout !== await layoutOf(layout)) {
    throw new InvalidCheckpointError(
      name,
      "it was packed by another version of Tern: convert the model again",
    );
  }
  for (let offset = 0; offset < packed.bytes; offset += BLOCK_BYTES) {
    const length = Math.min(BLOCK_BYTES, packed.bytes - offset);
    const into = new Uint8Array(buffer as ArrayBuffer, packed.start + offset, length);
    await packed.readInto(offset, into);
  }
  return packed.fingerprint;
}
