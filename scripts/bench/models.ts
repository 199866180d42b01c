import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { elementCount } from "../../src/checkpoint/tensor.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { EngineOptions } from "../../src/engine/engine_options.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import { RandomCheckpoint, SHAPE_0_1B } from "./random_checkpoint.ts";

/** The models that are measured: the embedded one, and random weights in the shape of the smallest official one. */
export type ModelName = "tern-7m" | "random-0.1b";

/** The folder of the embedded model. */
export const EMBEDDED_FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;

/** Threads of one operator in all benches: what the server has by default. */
export const THREADS = 1;

/** A model that is ready. */
export interface LoadedModel extends AsyncDisposable {
  readonly engine: Engine;
  /** Bytes of float32 weights that a step reads: all but the embedding table. */
  readonly stepBytes: number;
  /**
   * Milliseconds from opening the checkpoint to the engine being ready. Reading the embedded model's file counts; random
   * weights are made as they are asked for, and the time for that is taken off, so theirs holds no reading at all.
   */
  readonly loadMs: number;
}

/** What the server takes by itself. */
export const SERVER_ENGINE = { engine: "auto", weights: "auto" } as const;

/** Loads a model. */
export async function loadModel(
  name: ModelName,
  options: Omit<EngineOptions, "threads"> = { engine: "ort", weights: "f32" },
): Promise<LoadedModel> {
  const started = performance.now();
  const checkpoint = await openModel(name);
  const engine = await loadEngine(checkpoint, { ...options, threads: THREADS });
  const passed = performance.now() - started;
  checkpoint.close();
  return {
    engine,
    stepBytes: stepBytes(checkpoint),
    loadMs: checkpoint instanceof RandomCheckpoint ? passed - checkpoint.generationMs : passed,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

async function openModel(name: ModelName): Promise<Checkpoint> {
  if (name === "random-0.1b") return new RandomCheckpoint(SHAPE_0_1B);
  const path = `${EMBEDDED_FOLDER}/model.safetensors`;
  return await openCheckpoint(await openFile(path), path);
}

function stepBytes({ tensors }: Checkpoint): number {
  let numbers = 0;
  for (const { name, shape } of tensors.values()) {
    if (name !== "emb.weight") numbers += elementCount(shape)!;
  }
  return numbers * Float32Array.BYTES_PER_ELEMENT;
}
