/**
 * Shows what quantised weights lose of a model with outlier channels, as larger trained models have them.
 *
 * Makes models of one that compute the same function, with a few channels behind each layer norm whose activations are many
 * times the others, and compares each with itself in float32: bits per byte, the mean Kullback-Leibler divergence, and how often
 * both find the same token likeliest.
 *
 * Ends with 2 and a message on standard error if a flag, a file or the model cannot be used.
 *
 * @module
 */
import { z } from "zod";
import { readVocabulary } from "../src/checkpoint/model_folder.ts";
import { openWeights } from "../src/checkpoint/open_weights.ts";
import type { Engine } from "../src/engine/engine.ts";
import { SimdEngine } from "../src/engine/simd/simd_engine.ts";
import { WEIGHT_FORMATS, type WeightFormat } from "../src/engine/simd/weight_format.ts";
import { interruptSignal } from "../src/cli/interrupt.ts";
import { readModel } from "../src/rwkv/read_model.ts";
import { loadTokenizer } from "../src/tokenizer/load_tokenizer.ts";
import { compareEngines } from "./eval/compare.ts";
import { readDocuments } from "./eval/documents.ts";
import { OutlierCheckpoint, type Outliers } from "./eval/outlier_checkpoint.ts";
import { countFlag, readFlags, UNUSABLE, UsageError } from "./flags.ts";
import { LOAD_ERRORS } from "./load_engine.ts";
import { plainTable } from "./plain_table.ts";
import { TextFileError } from "./text_file.ts";

const USAGE =
  "Usage: deno task outliers --model FOLDER --file TEXT [--max-bytes 20000] [--seed 1] " +
  "[--weights int8 ...]";

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  file: z.string("--file is missing").min(1, "--file is empty"),
  weights: z.array(
    z.enum(WEIGHT_FORMATS, `--weights must be ${WEIGHT_FORMATS.join(" or ")}`),
  ).default(["int8", "int4"]),
  "max-bytes": countFlag("--max-bytes"),
  seed: countFlag("--seed"),
});

const FLAGS = {
  model: { type: "string" },
  file: { type: "string" },
  weights: { type: "string", multiple: true },
  "max-bytes": { type: "string", default: "20000" },
  seed: { type: "string", default: "1" },
} as const;

/** None, and outliers of each kind. */
const MODELS: readonly (Omit<Outliers, "seed"> | undefined)[] = [
  undefined,
  { kind: "scaled", factor: 10 },
  { kind: "scaled", factor: 50 },
  { kind: "scaled", factor: 100 },
  { kind: "dead", factor: 50 },
];

async function load(
  path: string,
  outliers: Outliers | undefined,
  weights: WeightFormat,
): Promise<Engine> {
  const file = await openWeights(path);
  try {
    const checkpoint = outliers === undefined ? file : new OutlierCheckpoint(file, outliers);
    return await SimdEngine.load(checkpoint, { weights });
  } finally {
    file.close();
  }
}

async function report(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { model, file, weights, seed, "max-bytes": maxBytes } = readFlags(
    args,
    FLAGS,
    flagsSchema,
    USAGE,
  );
  const folder = await readModel(model);
  const tokenizer = await loadTokenizer(folder.config.tokenizer, await readVocabulary(folder));
  const texts = await readDocuments(file, maxBytes);
  const documents = texts.map(({ text }) => tokenizer.encode(text));
  const bytes = texts.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows: string[][] = [];
  for (const kind of MODELS) {
    const outliers = kind && { ...kind, seed };
    const formats = ["f32", ...weights] as const;
    const engines: Engine[] = [];
    for (const format of formats) engines.push(await load(folder.weightsPath, outliers, format));
    const found = await compareEngines(engines, documents, folder.config.eos_token_id, signal);
    const exact = found[0]!.nats;
    for (const [i, { nats, divergence, agreement }] of found.entries()) {
      rows.push([
        kind === undefined ? "none" : `${kind.kind} ${kind.factor}`,
        formats[i]!,
        (nats / Math.LN2 / bytes).toFixed(4),
        `${(100 * (nats / exact - 1)).toFixed(2)} %`,
        divergence.toFixed(5),
        agreement.toFixed(3),
      ]);
    }
    for (const engine of engines) await engine.close();
  }
  return plainTable([
    { head: "outliers", align: "left" },
    { head: "weights", align: "left" },
    { head: "bits a byte", align: "right" },
    { head: "over f32", align: "right" },
    { head: "divergence, nats a token", align: "right" },
    { head: "same likeliest", align: "right" },
  ], rows);
}

try {
  console.log(await report(Deno.args, interruptSignal()));
  Deno.exit(0); // A listener for signals keeps the process.
} catch (error) {
  const unusable = [...LOAD_ERRORS, UsageError, TextFileError];
  if (!unusable.some((type) => error instanceof type)) throw error;
  console.error((error as Error).message);
  Deno.exit(UNUSABLE);
}
