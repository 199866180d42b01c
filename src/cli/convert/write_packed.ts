import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { type PackedHeader, packedPrefix } from "../../checkpoint/packed.ts";
import { packWeights } from "../../engine/simd/pack_weights.ts";
import type { WeightFormat } from "../../engine/simd/weight_format.ts";
import { FileWriter } from "./file_writer.ts";

/** How {@linkcode writePacked} writes. */
export interface WritePackedOptions {
  readonly weights: WeightFormat;
  readonly signal: AbortSignal;
  /** Called with bytes of the checkpoint that were packed. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Packs a model as the engine keeps it in memory, so that loading it is copying.
 *
 * @throws {UnsupportedShapeError} if the engine cannot take the model
 */
export async function writePacked(
  checkpoint: Checkpoint,
  path: string,
  { weights, signal, onBytes }: WritePackedOptions,
): Promise<void> {
  const tensors = [...checkpoint.tensors.values()].map(({ name, dtype, shape }) => {
    return { name, dtype, shape };
  });
  const stored = tensors.map(({ name }) => name).filter((name) => name.endsWith(".att.time_state"));
  // The header has the same length whatever the digests and sizes are, if these have as many digits.
  const placeholder = { weights, fingerprint: "0".repeat(64), layout: "0".repeat(32), start: 64 };
  const room = packedPrefix({ ...placeholder, bytes: Number.MAX_SAFE_INTEGER, tensors, stored });
  using file = await FileWriter.create(path, signal);
  const packed = await packWeights(
    checkpoint,
    weights,
    (offset, bytes) => file.writeAt(room.length + offset, bytes),
    onBytes,
  );
  const header: PackedHeader = { ...packed, tensors, stored };
  await file.writeAt(0, packedPrefix(header, room.length));
  let end = room.length + packed.bytes;
  for (const name of stored) {
    const bytes = await checkpoint.read(name);
    await file.writeAt(end, bytes);
    end += bytes.length;
  }
  await file.finish(end);
}
