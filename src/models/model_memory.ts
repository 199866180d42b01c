import { openWeights } from "../checkpoint/open_weights.ts";
import { elementCount } from "../checkpoint/tensor.ts";
import type { EngineOptions } from "../engine/engine_options.ts";
import { memoryNeeded } from "../engine/simd/memory_needed.ts";
import { UnsupportedShapeError } from "../engine/simd/unsupported_shape_error.ts";

/** Bytes that onnxruntime takes for each number of a model: the weights, and the graph that they come in. */
const ORT_BYTES_PER_NUMBER = { f32: 8, int8: 3 } as const;

/**
 * The bytes of memory that a model takes with an engine, about. Only the head of its file is read.
 *
 * @param path A checkpoint file, or the index of one in shards.
 * @throws {CheckpointError} When it cannot be read.
 */
export async function modelMemory(
  path: string,
  { engine, weights }: Pick<EngineOptions, "engine" | "weights">,
): Promise<number> {
  const checkpoint = await openWeights(path);
  try {
    const { tensors, packed } = checkpoint;
    if (engine === "simd" || engine === "auto") {
      try {
        const rows = await memoryNeeded(tensors);
        const format = weights === "auto" ? packed?.weights ?? "int8" : weights;
        const row = rows.find((row) => row.weights === format);
        if (row !== undefined) return row.bytes;
      } catch (error) {
        if (!(error instanceof UnsupportedShapeError)) throw error;
      }
    }
    const numbers = tensors.values().reduce((sum, { shape }) => sum + elementCount(shape)!, 0);
    const isInt8 = weights === "int8" || (engine === "native" && weights === "auto");
    return numbers * ORT_BYTES_PER_NUMBER[isInt8 ? "int8" : "f32"];
  } finally {
    checkpoint.close();
  }
}
