import { readVocabulary } from "../checkpoint/model_folder.ts";
import type { EngineOptions } from "../engine/engine_options.ts";
import { WorkerInference } from "../engine/worker_inference.ts";
import type { EngineThread } from "../engine/worker_thread.ts";
import { checkFolder } from "../rwkv/check_folder.ts";
import { checkVocabulary } from "../rwkv/check_vocabulary.ts";
import { type Inferred, type Model, readModel } from "../rwkv/read_model.ts";
import { loadTokenizer } from "../tokenizer/load_tokenizer.ts";

/** How {@linkcode openModel} runs a model. */
export interface OpenModelOptions extends EngineOptions {
  /** Whether tokens of answers are guessed. @default {false} */
  readonly speculation?: boolean;
  /** What was read of the model already. */
  readonly read?: Model | undefined;
  /** A thread that may have begun to load this model. @default a new one */
  readonly thread?: EngineThread | undefined;
  /** Called with what had to be inferred about the model, if that was anything. */
  readonly onInferred?: (inferred: Inferred) => void;
  /** Called once if the engine dies. */
  readonly onCrash?: (error: unknown) => void;
}

/** A model that is ready to run. */
export interface OpenModel {
  /** What the API calls it. */
  readonly name: string;
  readonly folder: Model;
  readonly inference: WorkerInference;
  readonly tokenizer: Awaited<ReturnType<typeof loadTokenizer>>;
}

/**
 * Reads a model and loads it into an engine in a thread of its own.
 *
 * @param path A file or a folder.
 * @throws what keeps the model from being run
 */
export async function openModel(
  path: string,
  { engine, threads, weights, speculation = false, read, thread, onInferred, onCrash }:
    OpenModelOptions,
): Promise<OpenModel> {
  const folder = read ?? await readModel(path);
  if (folder.inferred !== undefined) onInferred?.(folder.inferred);
  const vocabulary = await readVocabulary(folder);
  const { tokenizer: kind } = folder.config;
  const [inference, tokenizer] = await Promise.all([
    WorkerInference.start({
      path: folder.weightsPath,
      tokenizer: kind,
      vocabulary,
      engine,
      threads,
      weights,
      speculation,
      ...thread === undefined ? {} : { thread },
      ...onCrash === undefined ? {} : { onCrash },
    }),
    loadTokenizer(kind, vocabulary),
  ]);
  try {
    checkFolder(path, folder.config, inference.config);
    checkVocabulary(path, tokenizer.vocabSize, inference.config.vocab_size);
    return { name: modelName(path, folder.config), folder, inference, tokenizer };
  } catch (error) {
    await inference.close();
    throw error;
  }
}

/** What the API calls a model: what its config says, or the last part of its path without what says the format. */
export function modelName(path: string, config: Pick<Model["config"], "name"> | undefined): string {
  if (config?.name !== undefined) return config.name;
  const last = path.replace(/\/+$/, "").split("/").at(-1)!;
  return config === undefined
    ? last.replace(/\.(safetensors|st|pth|pt|bin|gguf|ternpack)$/i, "")
    : last;
}
