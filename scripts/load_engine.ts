import { z } from "zod";
import { CheckpointError } from "../src/checkpoint/checkpoint_error.ts";
import { openWeights } from "../src/checkpoint/open_weights.ts";
import { ModelFolderError } from "../src/checkpoint/model_folder_error.ts";
import type { ModelFolder } from "../src/checkpoint/model_folder.ts";
import type { Engine } from "../src/engine/engine.ts";
import {
  type EngineOptions,
  ENGINES,
  UnsupportedWeightsError,
  WEIGHTS,
} from "../src/engine/engine_options.ts";
import { loadEngine as loadInto } from "../src/engine/load_engine.ts";
import { ModelTooLargeError } from "../src/engine/ort/model_too_large_error.ts";
import { NativeRuntimeError } from "../src/engine/ort/native_runtime_error.ts";
import { WebRuntimeError } from "../src/engine/ort/web_runtime_error.ts";
import { OutOfMemoryError } from "../src/engine/simd/out_of_memory_error.ts";
import { UnsupportedShapeError } from "../src/engine/simd/unsupported_shape_error.ts";
import { checkFolder } from "../src/rwkv/check_folder.ts";
import { UnsupportedModelError } from "../src/rwkv/unsupported_model_error.ts";
import { findModelFiles } from "../src/rwkv/read_model.ts";

/** The values of `--engine`, what is to run the model, and `--weights`, what its matrices are to be kept in. */
export const engineFlags = {
  engine: z.enum(ENGINES, `--engine must be ${ENGINES.join(" or ")}`),
  weights: z.enum(WEIGHTS, `--weights must be ${WEIGHTS.join(" or ")}`),
} as const;

/** What {@linkcode engineFlags} are if they are not given: the checkpoint's own numbers. */
export const ENGINE_FLAG_OPTIONS = {
  engine: { type: "string", default: "auto" },
  weights: { type: "string", default: "f32" },
} as const;

/** How {@linkcode engineFlags} are written. */
export const ENGINE_USAGE = `[--engine ${ENGINES.join("|")}] [--weights ${WEIGHTS.join("|")}]`;

const DEFAULTS: EngineOptions = { engine: "auto", weights: "f32", threads: 1 };

/** What loading throws of a model that cannot be used. */
export const LOAD_ERRORS = [
  CheckpointError,
  ModelFolderError,
  UnsupportedModelError,
  ModelTooLargeError,
  UnsupportedWeightsError,
  NativeRuntimeError,
  WebRuntimeError,
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
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  // Logits need no vocabulary, so what is known of the model but its weights is only held against them.
  const { weightsPath, given } = await findModelFiles(model);
  const engine = await loadWeights(weightsPath, options);
  checkFolder(model, given, engine.config);
  return engine;
}

/**
 * Loads the model of a folder that was read.
 *
 * @throws one of {@linkcode LOAD_ERRORS}
 */
export async function loadFolderEngine(
  folder: ModelFolder,
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  const engine = await loadWeights(folder.weightsPath, options);
  checkFolder(folder.path, folder.config, engine.config);
  return engine;
}

async function loadWeights(path: string, options: Partial<EngineOptions>): Promise<Engine> {
  const checkpoint = await openWeights(path);
  try {
    return await loadInto(checkpoint, { ...DEFAULTS, ...options });
  } finally {
    checkpoint.close();
  }
}
