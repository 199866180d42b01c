import type { TensorInfo } from "../../src/checkpoint/tensor.ts";
import { SMALL_CAPACITY } from "../../src/engine/simd/capacity.ts";
import { memoryNeeded } from "../../src/engine/simd/memory_needed.ts";
import type { WeightFormat } from "../../src/engine/simd/weight_format.ts";

/** What Cloudflare gives an isolate: WebAssembly memory, heap and buffers together. */
export const ISOLATE_BYTES = 128_000_000;
/** What the program takes beside the engine's memory: heap and buffers, with room to spare. See docs/deploy.md. */
export const PROGRAM_BYTES = 24_000_000;

/** A model does not fit in an isolate. */
export class ModelTooLargeError extends Error {
  override readonly name = "ModelTooLargeError";
  constructor(readonly model: string, table: string) {
    super(
      `${model} does not fit in ${
        megabytes(ISOLATE_BYTES)
      } MB, which a Worker has. In MB:\n${table}`,
    );
  }
}

/** The weights to pack a model with, and what that takes. */
export interface Fit {
  readonly weights: WeightFormat;
  /** Bytes of the engine's memory. */
  readonly bytes: number;
  /** The figures, for the one who builds. */
  readonly table: string;
}

/**
 * Chooses the most exact of int8 and int4 that fits, or checks the one that was asked for.
 *
 * @throws {ModelTooLargeError} with the figures
 */
export async function fitWorker(
  model: string,
  tensors: ReadonlyMap<string, TensorInfo>,
  asked: WeightFormat | "auto",
): Promise<Fit> {
  const all = await memoryNeeded(tensors, SMALL_CAPACITY);
  const rows = all.map(({ weights, bytes, weightBytes }) =>
    [
      weights.padEnd(4),
      `weights ${megabytes(weightBytes)}`,
      `engine ${megabytes(bytes)}`,
      `with the program ${megabytes(bytes + PROGRAM_BYTES)}`,
      bytes + PROGRAM_BYTES <= ISOLATE_BYTES ? "fits" : "too large",
    ].join("  ")
  );
  const table = rows.join("\n");
  const wanted = asked === "auto" ? ["int8", "int4"] : [asked];
  const fit = all.find(({ weights, bytes }) =>
    wanted.includes(weights) && bytes + PROGRAM_BYTES <= ISOLATE_BYTES
  );
  if (fit === undefined) throw new ModelTooLargeError(model, table);
  return { weights: fit.weights, bytes: fit.bytes, table };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
