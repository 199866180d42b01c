import { z } from "zod";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { CheckpointError } from "../src/checkpoint/checkpoint_error.ts";
import { openFile } from "../src/checkpoint/deno_file.ts";
import { ModelFolderError } from "../src/checkpoint/folder_config.ts";
import { type ModelFolder, readModelFolder } from "../src/checkpoint/model_folder.ts";
import type { Engine } from "../src/engine/engine.ts";
import { ModelTooLargeError, OrtEngine } from "../src/engine/ort/ort_engine.ts";
import { checkFolder } from "../src/rwkv/check_folder.ts";
import { UnsupportedModelError } from "../src/rwkv/model_config.ts";

/** The value of `--engine`: what is to run the model. */
export const engineFlag = z.literal("ort", "--engine must be ort");

/** What loading throws of a model that cannot be used. */
export const LOAD_ERRORS = [
  CheckpointError,
  ModelFolderError,
  UnsupportedModelError,
  ModelTooLargeError,
] as const;

/**
 * Loads the model in a file or a folder.
 *
 * @throws one of {@linkcode LOAD_ERRORS}
 */
export async function loadEngine(model: string): Promise<Engine> {
  const isFolder = await Deno.stat(model).then((info) => info.isDirectory, () => false);
  return isFolder ? await loadFolderEngine(await readModelFolder(model)) : await loadWeights(model);
}

/**
 * Loads the model of a folder that was read.
 *
 * @throws one of {@linkcode LOAD_ERRORS}
 */
export async function loadFolderEngine(folder: ModelFolder): Promise<Engine> {
  const engine = await loadWeights(folder.weightsPath);
  checkFolder(folder.path, folder.config, engine.config);
  return engine;
}

async function loadWeights(path: string): Promise<Engine> {
  const checkpoint = await openCheckpoint(await openFile(path), path);
  try {
    return await OrtEngine.load(checkpoint);
  } finally {
    checkpoint.close();
  }
}
