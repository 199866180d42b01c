/**
 * Prints the logits of a model after a list of tokens, to hold other implementations against.
 *
 * Reads a JSON array of token ids on standard input, writes `{"logits":[...]}`, those of the last token. Ends with 2 and
 * a message on standard error if the input, a flag or the model cannot be used.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import { toText } from "@std/streams/to-text";
import { z } from "zod";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { CheckpointError } from "../src/checkpoint/checkpoint_error.ts";
import { openFile } from "../src/checkpoint/deno_file.ts";
import { ModelFolderError } from "../src/checkpoint/folder_config.ts";
import { readModelFolder } from "../src/checkpoint/model_folder.ts";
import { checkReads, type Engine, InvalidTokenError, NoTokensError } from "../src/engine/engine.ts";
import { ModelTooLargeError, OrtEngine } from "../src/engine/ort/ort_engine.ts";
import { checkFolder } from "../src/rwkv/check_folder.ts";
import { UnsupportedModelError } from "../src/rwkv/model_config.ts";
import { RecurrentState } from "../src/state/recurrent_state.ts";

const USAGE =
  "Usage: deno task logits --model FILE_OR_FOLDER --mode step|sequence|chunk:N [--engine ort] < TOKENS.json";

/** A million tokens of up to seven digits. */
const MAX_INPUT_BYTES = 8 << 20;

/** The exit code for what whoever runs the script can mend. */
const UNUSABLE = 2;

/** Tokens of one forward pass. */
const modeSchema = z.union([
  z.literal("step").transform(() => 1),
  z.literal("sequence").transform(() => Infinity),
  z.string().regex(/^chunk:[1-9]\d*$/).transform((mode) => Number(mode.slice("chunk:".length))),
], "--mode must be step, sequence or chunk:N, with N at least 1");

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  mode: modeSchema,
  engine: z.literal("ort", "--engine must be ort"),
});

type Flags = z.infer<typeof flagsSchema>;

const tokensSchema = z.array(z.int().min(0), "it is not an array");

/** The flags or the input are wrong. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The model gives logits that are no numbers. */
class NoNumberError extends Error {
  override readonly name = "NoNumberError";
  constructor(readonly token: number, readonly logit: number) {
    super(`The logit of token ${token} is ${logit}: the weights are damaged`);
  }
}

const UNUSABLE_ERRORS = [
  UsageError,
  CheckpointError,
  ModelFolderError,
  UnsupportedModelError,
  ModelTooLargeError,
  InvalidTokenError,
  NoTokensError,
  NoNumberError,
] as const;

/** @throws {UsageError} */
function parseFlags(args: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        model: { type: "string" },
        mode: { type: "string" },
        engine: { type: "string", default: "ort" },
      },
    });
    return flagsSchema.parse(values);
  } catch (cause) {
    throw new UsageError(`${firstProblem(cause)}\n${USAGE}`, { cause });
  }
}

/** @throws {UsageError} */
async function readTokens(input: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<number[]> {
  try {
    const limited = new LimitedBytesTransformStream(MAX_INPUT_BYTES, { error: true });
    return tokensSchema.parse(JSON.parse(await toText(input.pipeThrough(limited))));
  } catch (cause) {
    throw new UsageError(
      `Standard input must be a JSON array of token ids: ${firstProblem(cause)}`,
      { cause },
    );
  }
}

/** A million wrong tokens are one problem, not a million. */
function firstProblem(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : `${error}`;
  const { path, message } = error.issues[0]!;
  return typeof path[0] === "number" ? `item ${path[0]}: ${message}` : message;
}

async function loadEngine(model: string): Promise<Engine> {
  const isFolder = await Deno.stat(model).then((info) => info.isDirectory, () => false);
  const folder = isFolder ? await readModelFolder(model) : undefined;
  const path = folder?.weightsPath ?? model;
  const checkpoint = await openCheckpoint(await openFile(path), path);
  try {
    const engine = await OrtEngine.load(checkpoint);
    if (folder !== undefined) checkFolder(model, folder.config, engine.config);
    return engine;
  } finally {
    checkpoint.close();
  }
}

/** The logits of the last token, `[V]`, after forward passes of so many tokens each. */
async function lastLogits(
  engine: Engine,
  tokens: readonly number[],
  length: number,
): Promise<Float32Array> {
  let state = RecurrentState.empty(engine.layout);
  // All of them, before time is spent on the first.
  checkReads([{ state, tokens }], engine.config.vocab_size);
  let logits = new Float32Array();
  for (let at = 0; at < tokens.length; at += length) {
    const [result] = await engine.forward([{ state, tokens: tokens.slice(at, at + length) }]);
    ({ state, logits } = result!);
  }
  const token = logits.findIndex((logit) => !Number.isFinite(logit));
  if (token >= 0) throw new NoNumberError(token, logits[token]!);
  return logits;
}

try {
  const { model, mode } = parseFlags(Deno.args);
  const tokens = await readTokens(Deno.stdin.readable);
  const engine = await loadEngine(model);
  const logits = await lastLogits(engine, tokens, mode);
  await engine.close();
  const json = JSON.stringify({ logits: [...logits] });
  await new Blob([json, "\n"]).stream().pipeTo(Deno.stdout.writable);
} catch (error) {
  if (!UNUSABLE_ERRORS.some((type) => error instanceof type)) throw error;
  console.error((error as Error).message);
  Deno.exit(UNUSABLE);
}
