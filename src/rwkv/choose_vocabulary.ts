import { findFile } from "../checkpoint/find_file.ts";
import type { PartialFolderConfig } from "../checkpoint/folder_config.ts";
import { ggufVocabulary } from "../checkpoint/gguf_vocabulary.ts";
import { ModelFolderError } from "../checkpoint/model_folder_error.ts";
import type { TokenizerKind } from "../tokenizer/load_tokenizer.ts";

/** The location of a model's files. */
export interface Place {
  /** The path given by the operator. */
  readonly path: string;
  readonly weightsPath: string;
  readonly folder: string;
}

/** A model's tokenizer and its vocabulary. */
export interface ChosenVocabulary {
  readonly tokenizer: TokenizerKind;
  /** The source of the vocabulary, for the log. */
  readonly origin: string;
  readonly vocabPath?: string;
  readonly vocabulary?: Uint8Array<ArrayBuffer>;
}

/** The vocabularies that ship with Tern. */
const SHIPPED = new URL("../../models/vocabularies/", import.meta.url).pathname;

/** Usual names of vocabulary files, and the tokenizer that reads each. */
const FILES = [
  ["rwkv_vocab_v20230424.txt", "rwkv_world"],
  ["vocab.txt", "rwkv_world"],
  ["tokenizer.json", "neox_bpe"],
  ["20B_tokenizer.json", "neox_bpe"],
] as const satisfies readonly (readonly [string, TokenizerKind])[];

/**
 * Finds the vocabulary of a model. In order: the one that the config names, the one in the GGUF file, a file in the
 * folder, the shipped one of the model's vocabulary size.
 *
 * @throws {ModelFolderError} If none is found.
 * @throws {InvalidCheckpointError} If the one in the GGUF file does not match the model's vocabulary size.
 */
export async function chooseVocabulary(
  { path, folder, weightsPath }: Place,
  given: PartialFolderConfig,
  { vocabSize, metadata }: {
    readonly vocabSize: number;
    readonly metadata: ReadonlyMap<string, unknown> | undefined;
  },
): Promise<ChosenVocabulary> {
  if (given.tokenizer === "byte") return { tokenizer: "byte", origin: "config.json" };
  if (given.vocab_file !== undefined) {
    const vocabPath = await findFile(folder, [given.vocab_file]);
    if (vocabPath === undefined) {
      throw new ModelFolderError(
        path,
        `the folder lacks ${given.vocab_file}, the vocab_file of config.json`,
      );
    }
    const tokenizer = given.tokenizer ??
      (given.vocab_file.endsWith(".json") ? "neox_bpe" : "rwkv_world");
    return { tokenizer, origin: given.vocab_file, vocabPath };
  }
  const own = metadata && ggufVocabulary(metadata, vocabSize, weightsPath);
  if (own !== undefined && (given.tokenizer ?? own.tokenizer) === own.tokenizer) {
    const origin = "GGUF metadata";
    return own.tokenizer === "byte"
      ? { tokenizer: "byte", origin }
      : { tokenizer: own.tokenizer, origin, vocabulary: own.file };
  }
  return await inFolder(folder, given.tokenizer) ?? bySize(path, vocabSize, given.tokenizer);
}

async function inFolder(
  folder: string,
  wanted: TokenizerKind | undefined,
): Promise<ChosenVocabulary | undefined> {
  for (const [name, tokenizer] of FILES) {
    if (wanted !== undefined && wanted !== tokenizer) continue;
    const vocabPath = await findFile(folder, [name]);
    if (vocabPath === undefined) continue;
    if (tokenizer === "rwkv_world" && !await isWorldVocabulary(vocabPath)) continue;
    return { tokenizer, origin: name, vocabPath };
  }
  return undefined;
}

/** Early Hugging Face folders have a `vocab.txt` of another format, with one token per line. */
async function isWorldVocabulary(path: string): Promise<boolean> {
  const text = await Deno.readTextFile(path);
  return /^\d+ .+ \d+\r?$/.test(text.slice(0, text.indexOf("\n") >>> 0));
}

function bySize(
  path: string,
  vocabSize: number,
  wanted: TokenizerKind | undefined,
): ChosenVocabulary {
  const shipped = (tokenizer: TokenizerKind, name: string): ChosenVocabulary => ({
    tokenizer,
    origin: `models/vocabularies/${name}`,
    vocabPath: SHIPPED + name,
  });
  if (wanted === "rwkv_world" || (vocabSize >= 65_529 && vocabSize <= 65_536)) {
    return shipped("rwkv_world", "rwkv_vocab_v20230424.txt");
  }
  // Sometimes padded to a multiple of 64 or 128.
  if (wanted === "neox_bpe" || (vocabSize >= 50_254 && vocabSize <= 50_432)) {
    return shipped("neox_bpe", "20B_tokenizer.json");
  }
  if (vocabSize === 256) return { tokenizer: "byte", origin: "one token per byte" };
  throw new ModelFolderError(
    path,
    `the model has ${vocabSize} tokens, which matches no shipped vocabulary: put its ` +
      "rwkv_vocab_v20230424.txt, vocab.txt or tokenizer.json next to the weights",
  );
}
