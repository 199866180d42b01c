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
import { chooseTemplate } from "./choose_template.ts";
import { chooseVocabulary, type Place } from "./choose_vocabulary.ts";
import { refuseForeignFolder } from "./foreign_folder.ts";
import { inferModelConfig } from "./model_config.ts";
import { publishedSampling } from "./published_sampling.ts";
import { UnsupportedModelError } from "./unsupported_model_error.ts";

/** What was inferred about a model beyond its config, for the log. */
export interface Inferred {
  readonly version: string;
  readonly n_layer: number;
  readonly n_embd: number;
  readonly head_size: number;
  readonly vocab_size: number;
  /** The naming scheme of the tensors. */
  readonly names: string;
  readonly tokenizer: string;
  /** The source of the vocabulary. */
  readonly vocabulary: string;
  readonly chat_template: string;
  /** The source of the sampling defaults, if the model's publisher states any. */
  readonly sampling?: string;
  /** The keys that the config states. */
  readonly given: readonly string[];
}

/** A model, and what was inferred about it. */
export interface Model extends ModelFolder {
  /** Absent if `config.json` is complete. */
  readonly inferred?: Inferred;
}

/** Keys of a complete config.json. */
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

/** Stop sequences by template: the label of the other speaker. */
const STOPS: Readonly<Record<string, readonly string[]>> = {
  rwkv_world: ["\n\nUser:"],
  rwkv_g1: ["\n\nUser:", "\n\nSystem:"],
  rwkv4_world: ["\n\nQuestion:"],
  rwkv_raven: ["\n\nBob:"],
};

/**
 * Reads the description of a model: a checkpoint file, or a folder with one, with or without a `config.json`. Whatever
 * the config omits is inferred from tensors, vocabulary and file names. Needs `--allow-read`.
 *
 * @param path A file, a folder, or the URL of an index of parts.
 * @throws {ModelFolderError} If a file is missing or the config is invalid.
 * @throws {CheckpointError} If the weights cannot be read.
 * @throws {UnsupportedModelError} If the weights are not a supported RWKV model.
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
    throw new ModelFolderError(
      path,
      `the folder lacks ${complete.vocab_file}, the vocab_file of config.json`,
    );
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
 * Finds a model's weights and reads the config next to them, which may be partial or missing.
 *
 * @throws {ModelFolderError} If there is no model, or the config is invalid.
 * @throws {ForeignFileError} If the folder is of another architecture.
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
    const chat_template = given.chat_template ?? await chooseTemplate(place, {
      version: sizes.version,
      tokenizer: files.tokenizer,
      metadata: checkpoint.metadata,
    });
    const { vocabPath } = files;
    const advised = await publishedSampling(place, checkpoint.metadata);
    const config = checkFolderConfig({
      eos_token_id: 0,
      stop: STOPS[chat_template] ?? STOPS["rwkv_world"],
      dtype: dtypeOf(checkpoint),
      name: nameOf(place.path),
      ...sizes,
      ...given,
      ...(advised === undefined ? {} : { sampling: { ...advised.sampling, ...given.sampling } }),
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
        ...(advised === undefined ? {} : { sampling: advised.origin }),
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

/**
 * Reads the config next to the weights. A Hugging Face config is only checked for its architecture: the tensors
 * determine everything else.
 */
async function readOwnConfig(folder: string, isFolder: boolean): Promise<PartialFolderConfig> {
  const nothing: PartialFolderConfig = { architecture: "rwkv" };
  for (const name of ["tern.json", "config.json"]) {
    const path = await findFile(folder, [name]);
    if (path === undefined) continue;
    // Next to a weights file that was given directly, the config may belong to another model.
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

/** The model's name in the API: the last part of its path, without the file extension. */
function nameOf(path: string): string {
  const last = path.replace(/\/+$/, "").split("/").at(-1)!;
  return last.replace(/\.(safetensors|st|pth|pt|bin|gguf)$/i, "") || "model";
}

function dtypeOf({ tensors }: OfficialCheckpoint): string {
  const dtype = tensors.get("emb.weight")?.dtype;
  return dtype === "F16" ? "float16" : dtype === "BF16" ? "bfloat16" : "float32";
}
