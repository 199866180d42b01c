import { findFile, findWeights, isModelUrl } from "../checkpoint/find_file.ts";
import {
  checkFolderConfig,
  checkPartialConfig,
  parseFolderConfig,
  parseJson,
  type PartialFolderConfig,
} from "../checkpoint/folder_config.ts";
import { type ModelFolder, noWeights, readConfig } from "../checkpoint/model_folder.ts";
import { ModelFolderError } from "../checkpoint/model_folder_error.ts";
import type { OfficialCheckpoint } from "../checkpoint/official_names.ts";
import { openWeights } from "../checkpoint/open_weights.ts";
import { chooseVocabulary, type Place } from "./choose_vocabulary.ts";
import { refuseForeignFolder } from "./foreign_folder.ts";
import { inferModelConfig } from "./model_config.ts";
import { UnsupportedModelError } from "./unsupported_model_error.ts";

/** What was found out about a model that its config does not say, for the log. */
export interface Inferred {
  readonly version: string;
  /** Sizes, as the tensors have them. */
  readonly n_layer: number;
  readonly n_embd: number;
  readonly head_size: number;
  readonly vocab_size: number;
  /** Whose names the tensors had. */
  readonly names: string;
  readonly tokenizer: string;
  /** Where the vocabulary comes from. */
  readonly vocabulary: string;
  readonly chat_template: string;
  /** Keys that a config.json gave. */
  readonly given: readonly string[];
}

/** A model and what had to be inferred of it. */
export interface Model extends ModelFolder {
  /** Absent where `config.json` says everything. */
  readonly inferred?: Inferred;
}

/** Keys without which a config.json is not complete. */
const NEEDED = [
  "version",
  "n_layer",
  "n_embd",
  "head_size",
  "vocab_size",
  "tokenizer",
  "eos_token_id",
  "chat_template",
  "stop",
  "dtype",
] as const;

/** Texts that end an answer, by template: the other speaker's label. */
const STOPS: Readonly<Record<string, readonly string[]>> = {
  rwkv_world: ["\n\nUser:"],
  rwkv4_world: ["\n\nQuestion:"],
  rwkv_raven: ["\n\nBob:"],
};

/**
 * Finds out everything about a model: a checkpoint file, or a folder with one, with or without a `config.json`. What the
 * config leaves out comes from the tensors, the vocabulary and the names. Needs `--allow-read`.
 *
 * @param path A file, a folder, or the URL of an index of parts.
 * @throws {ModelFolderError} When a file is missing, or the config is wrong.
 * @throws {CheckpointError} When the weights cannot be read.
 * @throws {UnsupportedModelError} When the weights are no model that can be run.
 */
export async function readModel(path: string): Promise<Model> {
  if (isModelUrl(path)) return await readRemote(path);
  const { given: config, ...place } = await findModelFiles(path);
  const { weightsPath } = place;
  const missing = NEEDED.filter((key) => config[key] === undefined);
  if (missing.length > 0) return await infer(place, config);
  const complete = checkFolderConfig(config, `${place.folder}/config.json`);
  if (complete.vocab_file === undefined) return { path, config: complete, weightsPath };
  const vocabPath = await findFile(place.folder, [complete.vocab_file]);
  if (vocabPath === undefined) {
    throw new ModelFolderError(path, `it lacks ${complete.vocab_file}, which config.json names`);
  }
  return { path, config: complete, weightsPath, vocabPath };
}

/** A model in parts, whose config says everything. */
async function readRemote(url: string): Promise<Model> {
  const { openRemoteParts } = await import("../checkpoint/remote_parts.ts");
  const parts = await openRemoteParts(url);
  const text = new TextDecoder().decode(await parts.read("config.json"));
  const config = parseFolderConfig(text, `${url}: config.json`);
  const place = { path: url, config, weightsPath: url };
  if (config.vocab_file === undefined) return place;
  return { ...place, vocabulary: await parts.read(config.vocab_file) };
}

/**
 * Finds a model's weights and reads the config that lies with them, which may leave everything out.
 *
 * @throws {ModelFolderError} When there is no model, or the config is wrong.
 * @throws {ForeignFileError} When the folder is of another architecture.
 */
export async function findModelFiles(
  path: string,
): Promise<Place & { readonly given: PartialFolderConfig }> {
  const weightsPath = await findWeights(path);
  const own = await folderOf(path);
  if (own === undefined && weightsPath === undefined) {
    const why = "there is no such file or folder; give a model's file, its folder, or a name " +
      "under models/";
    throw new ModelFolderError(path, why);
  }
  const folder = own ?? parentOf(path);
  const given = await readOwnConfig(folder, own !== undefined);
  if (weightsPath === undefined) throw noWeights(path);
  return { path, weightsPath, folder, given };
}

async function infer(place: Place, given: PartialFolderConfig): Promise<Model> {
  const checkpoint = await openWeights(place.weightsPath);
  try {
    const { sizes: _, ...sizes } = inferSizes(checkpoint);
    const { vocabulary, ...files } = await chooseVocabulary(place, given, {
      vocabSize: sizes.vocab_size,
      metadata: checkpoint.metadata,
    });
    const chat_template = given.chat_template ?? chooseTemplate(place, sizes, files.tokenizer);
    const { vocabPath } = files;
    const config = checkFolderConfig({
      eos_token_id: 0,
      stop: STOPS[chat_template] ?? STOPS["rwkv_world"],
      dtype: dtypeOf(checkpoint),
      name: nameOf(place.path),
      ...sizes,
      ...given,
      tokenizer: files.tokenizer,
      ...(files.tokenizer === "byte" ? {} : {
        vocab_file: vocabPath?.split("/").at(-1) ?? "tokenizer.ggml.tokens",
      }),
      chat_template,
    }, `${place.folder}/config.json`);
    return {
      path: place.path,
      config,
      weightsPath: place.weightsPath,
      ...(vocabPath === undefined ? {} : { vocabPath }),
      ...(vocabulary === undefined ? {} : { vocabulary }),
      inferred: {
        ...sizes,
        names: checkpoint.namesOf,
        tokenizer: files.tokenizer,
        vocabulary: files.origin,
        chat_template,
        given: Object.keys(given).filter((key) => key !== "architecture"),
      },
    };
  } finally {
    checkpoint.close();
  }
}

function inferSizes(checkpoint: OfficialCheckpoint) {
  try {
    return inferModelConfig(checkpoint.tensors);
  } catch (cause) {
    if (!(cause instanceof UnsupportedModelError)) throw cause;
    throw new UnsupportedModelError(`${checkpoint.name}: ${cause.message}`, { cause });
  }
}

function chooseTemplate(
  { path }: Place,
  { version }: { readonly version: string },
  tokenizer: string,
): string {
  if (/raven/i.test(nameOf(path))) return "rwkv_raven";
  return version === "4" && tokenizer === "rwkv_world" ? "rwkv4_world" : "rwkv_world";
}

/** The config that lies with the weights. One of Hugging Face's is checked, and says nothing that the tensors do not. */
async function readOwnConfig(folder: string, isFolder: boolean): Promise<PartialFolderConfig> {
  const nothing: PartialFolderConfig = { architecture: "rwkv" };
  for (const name of ["tern.json", "config.json"]) {
    const path = await findFile(folder, [name]);
    if (path === undefined) continue;
    // What lies beside a file that was given by its own path may be of something else.
    const json = parseConfig(await readConfig(path), path, isFolder);
    if (typeof json !== "object" || json === null) continue;
    const isOwn = name === "tern.json" || "architecture" in json;
    if (isOwn && (isFolder || isForRwkv(json))) {
      return checkPartialConfig({ ...nothing, ...json }, path);
    }
    if (isFolder && !isOwn) refuseForeignFolder(json, path);
  }
  return nothing;
}

function parseConfig(text: string, path: string, mustParse: boolean): unknown {
  try {
    return parseJson(text, path);
  } catch (error) {
    if (mustParse) throw error;
    return undefined;
  }
}

function isForRwkv(json: object): boolean {
  return "architecture" in json && json.architecture === "rwkv";
}

async function folderOf(path: string): Promise<string | undefined> {
  try {
    return (await Deno.stat(path)).isDirectory ? path.replace(/(?<=.)\/+$/, "") : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ModelFolderError(path, `${error}`, { cause: error });
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** What the API calls the model: the last part of its path, without what says the format. */
function nameOf(path: string): string {
  const last = path.replace(/\/+$/, "").split("/").at(-1)!;
  return last.replace(/\.(safetensors|st|pth|pt|bin|gguf)$/i, "") || "model";
}

function dtypeOf({ tensors }: OfficialCheckpoint): string {
  const dtype = tensors.get("emb.weight")?.dtype;
  return dtype === "F16" ? "float16" : dtype === "BF16" ? "bfloat16" : "float32";
}
