import { z } from "zod";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { CheckpointError } from "../src/checkpoint/checkpoint_error.ts";
import { openFile } from "../src/checkpoint/deno_file.ts";
import { ModelFolderError } from "../src/checkpoint/folder_config.ts";
import { type ModelFolder, readModelFolder } from "../src/checkpoint/model_folder.ts";
import type { Engine } from "../src/engine/engine.ts";
import { type EngineOptions, ENGINES, loadEngine as loadInto } from "../src/engine/load_engine.ts";
import { ModelTooLargeError } from "../src/engine/ort/model_too_large_error.ts";
import { OutOfMemoryError } from "../src/engine/simd/out_of_memory_error.ts";
import { UnsupportedShapeError } from "../src/engine/simd/unsupported_shape_error.ts";
import { checkFolder } from "../src/rwkv/check_folder.ts";
import { UnsupportedModelError } from "../src/rwkv/model_config.ts";

/** The value of `--engine`: what is to run the model. */
export const engineFlag = z.enum(ENGINES, `--engine must be ${ENGINES.join(" or ")}`);

/** What loading throws of a model that cannot be used. */
export const LOAD_ERRORS = [
  CheckpointError,
  ModelFolderError,
  UnsupportedModelError,
  ModelTooLargeError,
  UnsupportedShapeError,
  OutOfMemoryError,
] as const;

/**
 * Loads the model in a file or a folder.
 *
 * @throws one of {@linkcode LOAD_ERRORS}
 */
export async function loadEngine(
  model: string,
  engine: EngineOptions["engine"] = "ort",
): Promise<Engine> {
  const isFolder = await Deno.stat(model).then((info) => info.isDirectory, () => false);
  if (!isFolder) return await loadWeights(model, engine);
  return await loadFolderEngine(await readModelFolder(model), engine);
}

/**
 * Loads the model of a folder that was read.
 *
 * @throws one of {@linkcode LOAD_ERRORS}
 */
export async function loadFolderEngine(
  folder: ModelFolder,
  engine: EngineOptions["engine"] = "ort",
): Promise<Engine> {
  const loaded = await loadWeights(folder.weightsPath, engine);
  checkFolder(folder.path, folder.config, loaded.config);
  return loaded;
}

async function loadWeights(path: string, engine: EngineOptions["engine"]): Promise<Engine> {
  const checkpoint = await openCheckpoint(await openFile(path), path);
  try {
    return await loadInto(checkpoint, { engine, threads: 1 });
  } finally {
    checkpoint.close();
  }
}
