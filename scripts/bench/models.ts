import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { elementCount } from "../../src/checkpoint/tensor.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import { PACKINGS } from "../../src/engine/simd/weight_format.ts";
import type { Variant } from "./job.ts";

/** The folder of the embedded model. */
export const EMBEDDED_FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;

/** Threads in all benches but one: what the server has by default. */
export const THREADS = 1;

/** A model that is ready. */
export interface LoadedModel extends AsyncDisposable {
  readonly engine: Engine;
  /** Bytes of weights that a step reads: all but the embedding table. */
  readonly stepBytes: number;
  /** Milliseconds from opening the file to the engine being ready. */
  readonly loadMs: number;
}

/** Loads the model in a file. */
export async function loadModel(
  file: string,
  variant: Variant,
  threads = THREADS,
): Promise<LoadedModel> {
  const started = performance.now();
  const checkpoint = await openCheckpoint(await openFile(file), file);
  const engine = await loadEngine(checkpoint, { ...variant, threads });
  const loadMs = performance.now() - started;
  checkpoint.close();
  return {
    engine,
    stepBytes: stepBytes(checkpoint, variant.weights),
    loadMs,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

function stepBytes({ tensors }: Checkpoint, weights: Variant["weights"]): number {
  const weightBytes = PACKINGS[weights].groupBytes(64) / (PACKINGS[weights].rows * 64);
  let bytes = 0;
  for (const { name, shape } of tensors.values()) {
    if (name === "emb.weight") continue;
    const isMatrix = shape.filter((size) => size > 1).length > 1;
    bytes += elementCount(shape)! * (isMatrix ? weightBytes : Float32Array.BYTES_PER_ELEMENT);
  }
  return bytes;
}
