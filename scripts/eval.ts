/**
 * Measures how well a model predicts text: bits per byte, the smaller the better, whatever the vocabulary.
 *
 * A file holds documents, between lines that are exactly `<|endoftext|>`. Each is read alone, after one end of text;
 * each of its tokens and the end of text after them is to be predicted. Bits per byte are the bits of all predictions
 * over the bytes of all documents, the end of a document counting as one byte. So a model with another tokenizer has
 * figures that can be compared.
 *
 * Ends with 2 and a message on standard error if a flag, a file or the model cannot be used.
 *
 * @module
 */
import { z } from "zod";
import { type ModelFolder, readVocabulary } from "../src/checkpoint/model_folder.ts";
import { InvalidTokenError } from "../src/engine/engine.ts";
import { checkVocabulary } from "../src/rwkv/check_vocabulary.ts";
import { readModel } from "../src/rwkv/read_model.ts";
import { loadTokenizer } from "../src/tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../src/tokenizer/tokenizer.ts";
import { VocabularyError } from "../src/tokenizer/vocabulary_error.ts";
import { readDocuments } from "./eval/documents.ts";
import { type FileScore, fileScore, scoreTable } from "./eval/report.ts";
import { scoreDocuments } from "./eval/score.ts";
import { countFlag, readFlags, UsageError } from "./flags.ts";
import { printReport } from "./print_report.ts";
import {
  ENGINE_FLAG_OPTIONS,
  ENGINE_USAGE,
  engineFlags,
  LOAD_ERRORS,
  loadFolderEngine,
} from "./load_engine.ts";
import { NoNumberError } from "./no_number_error.ts";
import { Progress } from "../src/cli/progress.ts";
import { TextFileError } from "./text_file.ts";

const USAGE = "Usage: deno task eval --model FOLDER --file TEXT [--file TEXT2 ...] " +
  `${ENGINE_USAGE} [--batch 8] [--max-bytes N] [--round-every TOKENS] [--json]`;

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  file: z.array(z.string().min(1, "--file is empty"), "--file is missing"),
  ...engineFlags,
  batch: countFlag("--batch"),
  "max-bytes": countFlag("--max-bytes").optional(),
  "round-every": countFlag("--round-every").optional(),
  json: z.boolean(),
});

/** A file that is ready to be scored. */
interface EncodedFile {
  readonly counts: Pick<FileScore, "file" | "documents" | "bytes" | "tokens">;
  /** The tokens of each document. */
  readonly documents: readonly number[][];
}

const UNUSABLE_ERRORS = [
  ...LOAD_ERRORS,
  UsageError,
  TextFileError,
  VocabularyError,
  InvalidTokenError,
  NoNumberError,
] as const;

const FLAGS = {
  model: { type: "string" },
  file: { type: "string", multiple: true },
  ...ENGINE_FLAG_OPTIONS,
  // What engines put into one run.
  batch: { type: "string", default: "8" },
  "max-bytes": { type: "string" },
  // Rounds the state to f16 as often.
  "round-every": { type: "string" },
  json: { type: "boolean", default: false },
} as const;

async function openTokenizer(model: ModelFolder): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(model.config.tokenizer, await readVocabulary(model));
  checkVocabulary(model.path, tokenizer.vocabSize, model.config.vocab_size);
  return tokenizer;
}

async function encodeFile(
  file: string,
  maxBytes: number,
  tokenizer: Tokenizer,
): Promise<EncodedFile> {
  const texts = await readDocuments(file, maxBytes);
  const documents = texts.map(({ text }) => tokenizer.encode(text));
  const bytes = texts.reduce((sum, { bytes }) => sum + bytes, 0);
  const tokens = documents.reduce((sum, { length }) => sum + length + 1, 0);
  return { counts: { file, documents: texts.length, bytes, tokens }, documents };
}

async function evaluate(args: readonly string[], signal: AbortSignal): Promise<string> {
  const flags = readFlags(args, FLAGS, flagsSchema, USAGE);
  const { model, file, batch, json, engine: name, weights, "max-bytes": maxBytes = Infinity } =
    flags;
  const roundEvery = flags["round-every"];
  const folder = await readModel(model);
  const tokenizer = await openTokenizer(folder);
  // All of them, before time is spent on the first.
  const files: EncodedFile[] = [];
  for (const path of file) files.push(await encodeFile(path, maxBytes, tokenizer));

  const engine = await loadFolderEngine(folder, { engine: name, weights });
  try {
    const total = files.reduce((sum, { counts }) => sum + counts.tokens, 0);
    const progress = new Progress(total, "tokens");
    const scores: FileScore[] = [];
    try {
      for (const { counts, documents } of files) {
        const nats = await scoreDocuments(engine, documents, {
          endOfText: folder.config.eos_token_id,
          batch,
          roundEvery,
          signal,
          onScored: (tokens) => progress.advance(tokens),
        });
        scores.push(fileScore(counts, nats));
      }
    } finally {
      progress.end();
    }
    return json ? JSON.stringify(scores, null, 2) : scoreTable(scores);
  } finally {
    await engine.close();
  }
}

await printReport(evaluate, UNUSABLE_ERRORS);
