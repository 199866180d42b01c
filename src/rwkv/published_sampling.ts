import { findFile } from "../checkpoint/find_file.ts";
import { readConfig } from "../checkpoint/model_folder.ts";
import { type ModelSampling, modelSamplingSchema } from "../sampling/default_sampling.ts";
import type { Place } from "./choose_vocabulary.ts";

/** The file of a Hugging Face folder with the publisher's sampling. */
const GENERATION_CONFIG = "generation_config.json";

/** Keys of `generation_config.json`. Source: transformers, `GenerationConfig`. */
const GENERATION_KEYS: Readonly<Partial<Record<keyof ModelSampling, string>>> = {
  temperature: "temperature",
  top_p: "top_p",
  top_k: "top_k",
  min_p: "min_p",
  typical_p: "typical_p",
  repetition_penalty: "repetition_penalty",
  presence_penalty: "presence_penalty",
  frequency_penalty: "frequency_penalty",
  max_tokens: "max_new_tokens",
};

/** Keys of a GGUF file. Source: llama.cpp, `general.sampling.*`. */
const GGUF_KEYS: Readonly<Partial<Record<keyof ModelSampling, string>>> = {
  temperature: "general.sampling.temp",
  top_p: "general.sampling.top_p",
  top_k: "general.sampling.top_k",
  min_p: "general.sampling.min_p",
  repetition_penalty: "general.sampling.penalty_repeat",
};

/** The sampling that a model's publisher advises. */
export interface PublishedSampling {
  /** At least one value. */
  readonly sampling: ModelSampling;
  /** The file or the part of it that states the values, for the log. */
  readonly origin: string;
}

/**
 * The sampling defaults in the metadata of a GGUF file, or in the `generation_config.json` of a Hugging Face folder.
 * Values outside the range of requests are left out: -1 as `top_k` means "off" to some programs.
 *
 * @returns undefined if there are none
 * @throws {ModelFolderError} if `generation_config.json` cannot be read
 */
export async function publishedSampling(
  { path, folder }: Place,
  metadata: ReadonlyMap<string, unknown> | undefined,
): Promise<PublishedSampling | undefined> {
  if (metadata !== undefined) {
    return published(GGUF_KEYS, (key) => metadata.get(key), "general.sampling");
  }
  // Files beside a weights file that was given by its own path may belong to another model.
  if (folder !== path.replace(/(?<=.)\/+$/, "")) return undefined;
  const config = await findFile(folder, [GENERATION_CONFIG]);
  if (config === undefined) return undefined;
  const json = parseObject(await readConfig(config));
  return published(GENERATION_KEYS, (key) => json[key], GENERATION_CONFIG);
}

function published(
  keys: Readonly<Partial<Record<keyof ModelSampling, string>>>,
  valueOf: (key: string) => unknown,
  origin: string,
): PublishedSampling | undefined {
  const { shape } = modelSamplingSchema;
  const found = Object.entries(keys).flatMap(([name, key]) => {
    const value = valueOf(key);
    if (typeof value !== "number") return [];
    // GGUF files state float32: 0.95, not 0.949999988.
    const short = Number(value.toPrecision(7));
    const isValid = shape[name as keyof ModelSampling].safeParse(short, { jitless: true }).success;
    return isValid ? [[name, short]] : [];
  });
  return found.length === 0 ? undefined : { sampling: Object.fromEntries(found), origin };
}

/** A file that is not JSON states nothing: other programs read it, this one does not depend on it. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
