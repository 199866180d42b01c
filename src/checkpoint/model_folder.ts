import { CheckpointError } from "./checkpoint_error.ts";
import { openFile } from "./deno_file.ts";
import { findFile, findWeights, WEIGHTS_FILES } from "./find_file.ts";
import { type FolderConfig, parseFolderConfig } from "./folder_config.ts";
import { ModelFolderError } from "./model_folder_error.ts";

const MAX_CONFIG_BYTES = 1 << 20;

/** A folder that holds a model: `config.json`, the weights, and the vocabulary that the tokenizer reads. */
export interface ModelFolder {
  readonly path: string;
  readonly config: FolderConfig;
  /** A checkpoint file, or the index of one in shards. */
  readonly weightsPath: string;
  /** The vocabulary. Absent where the tokenizer needs none. */
  readonly vocabPath?: string;
  /** The vocabulary itself, where it is no file of its own: in the metadata of a GGUF file. */
  readonly vocabulary?: Uint8Array<ArrayBuffer>;
}

/** The bytes that a model's tokenizer reads, if it needs any. Needs `--allow-read`. */
export async function readVocabulary(
  { vocabulary, vocabPath }: ModelFolder,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (vocabulary !== undefined || vocabPath === undefined) return vocabulary;
  return await Deno.readFile(vocabPath);
}

/**
 * Reads the config of a model folder and finds the other files in it. Needs `--allow-read`.
 *
 * @throws {ModelFolderError} When a file is missing, or the config is wrong.
 */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const configPath = `${path}/config.json`;
  const config = parseFolderConfig(await readConfig(configPath), configPath);
  const weightsPath = await findWeights(path);
  if (weightsPath === undefined) {
    throw noWeights(path);
  }
  if (config.vocab_file === undefined) return { path, config, weightsPath };
  const vocabPath = await findFile(path, [config.vocab_file]);
  if (vocabPath === undefined) {
    throw new ModelFolderError(path, `it lacks ${config.vocab_file}, which its config.json names`);
  }
  return { path, config, weightsPath, vocabPath };
}

/** A folder has no weights. */
export function noWeights(path: string): ModelFolderError {
  const names = WEIGHTS_FILES.join(", ");
  return new ModelFolderError(
    path,
    `it has none of ${names}, and no other .gguf, .pth or .st file`,
  );
}

/**
 * Reads a small file of text.
 *
 * @throws {ModelFolderError} When it is missing, too large or not UTF-8.
 */
export async function readConfig(path: string): Promise<string> {
  try {
    const file = await openFile(path);
    try {
      if (file.size > MAX_CONFIG_BYTES) {
        throw new ModelFolderError(path, `it has ${file.size} bytes, far too many`);
      }
      const bytes = await file.read(0, file.size);
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } finally {
      file.close();
    }
  } catch (cause) {
    if (cause instanceof CheckpointError) throw new ModelFolderError(path, cause.why, { cause });
    if (cause instanceof TypeError) throw new ModelFolderError(path, "it is not UTF-8", { cause });
    throw cause;
  }
}
