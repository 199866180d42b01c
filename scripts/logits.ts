/**
 * Prints the logits of a model after a list of tokens, to hold other implementations against.
 *
 * Reads a JSON array of token ids on standard input, writes `{"logits":[...]}`, those of the last token. Ends with 2 and
 * a message on standard error if the input, a flag or the model cannot be used.
 *
 * @module
 */
import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import { toText } from "@std/streams/to-text";
import { z } from "zod";
import {
  checkReads,
  type Engine,
  firstState,
  InvalidTokenError,
  NoTokensError,
} from "../src/engine/engine.ts";
import { firstProblem, readFlags, UNUSABLE, UsageError } from "./flags.ts";
import {
  ENGINE_FLAG_OPTIONS,
  ENGINE_USAGE,
  engineFlags,
  LOAD_ERRORS,
  loadEngine,
} from "./load_engine.ts";
import { checkLogits, NoNumberError } from "./no_number_error.ts";

const USAGE =
  `Usage: deno task logits --model FILE_OR_FOLDER --mode step|sequence|chunk:N ${ENGINE_USAGE} < TOKENS.json`;

/** A million tokens of up to seven digits. */
const MAX_INPUT_BYTES = 8 << 20;

/** Tokens of one forward pass. */
const modeSchema = z.union([
  z.literal("step").transform(() => 1),
  z.literal("sequence").transform(() => Infinity),
  z.string().regex(/^chunk:[1-9]\d*$/).transform((mode) => Number(mode.slice("chunk:".length))),
], "--mode must be step, sequence or chunk:N, with N at least 1");

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  mode: modeSchema,
  ...engineFlags,
});

type Flags = z.infer<typeof flagsSchema>;

const tokensSchema = z.array(z.int().min(0), "it is not an array");

const UNUSABLE_ERRORS = [
  ...LOAD_ERRORS,
  UsageError,
  InvalidTokenError,
  NoTokensError,
  NoNumberError,
] as const;

const FLAGS = {
  model: { type: "string" },
  mode: { type: "string" },
  ...ENGINE_FLAG_OPTIONS,
} as const;

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

/** The logits of the last token, `[V]`, after forward passes of so many tokens each. */
async function lastLogits(
  engine: Engine,
  tokens: readonly number[],
  length: number,
): Promise<Float32Array> {
  let state = firstState(engine);
  // All of them, before time is spent on the first.
  checkReads([{ state, tokens }], engine.config.vocab_size);
  let logits = new Float32Array();
  for (let at = 0; at < tokens.length; at += length) {
    const [result] = await engine.forward([{ state, tokens: tokens.slice(at, at + length) }]);
    ({ state, logits } = result!);
  }
  checkLogits(logits);
  return logits;
}

try {
  const { model, mode, ...options } = readFlags(Deno.args, FLAGS, flagsSchema, USAGE);
  const tokens = await readTokens(Deno.stdin.readable);
  const engine = await loadEngine(model, options);
  const logits = await lastLogits(engine, tokens, mode);
  await engine.close();
  const json = JSON.stringify({ logits: [...logits] });
  await new Blob([json, "\n"]).stream().pipeTo(Deno.stdout.writable);
} catch (error) {
  if (!UNUSABLE_ERRORS.some((type) => error instanceof type)) throw error;
  console.error((error as Error).message);
  Deno.exit(UNUSABLE);
}
