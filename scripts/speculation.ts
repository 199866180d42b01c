/**
 * Measures what guessing tokens gains: pairs of the same answer with and without it, in turn. The model has random weights,
 * and its answers are given: as a trained one answers twenty prompts that ask for much of what they hold (quotes, edits, JSON,
 * code), and twenty that do not. All is computed that a trained model would compute.
 *
 * Ends with 2 and a message on standard error if a flag or the model cannot be used.
 *
 * @module
 */
import { z } from "zod";
import { Scheduler } from "../src/engine/scheduler.ts";
import { loadTokenizer } from "../src/tokenizer/load_tokenizer.ts";
import { countFlag, readFlags, UNUSABLE, UsageError } from "./flags.ts";
import { loadEngine } from "./load_engine.ts";
import { markdownTable } from "./markdown_table.ts";
import { GROUNDED, OTHERS, type Pair } from "./speculation/pairs.ts";
import { SteeredEngine } from "./speculation/steered_engine.ts";

const USAGE =
  "Usage: deno run -A scripts/speculation.ts --model FILE [--weights int8] [--threads 1] [--rounds 3]";
const VOCABULARY =
  new URL("../models/vocabularies/rwkv_vocab_v20230424.txt", import.meta.url).pathname;
const END = 0;

const FLAGS = {
  model: { type: "string" },
  weights: { type: "string", default: "int8" },
  threads: { type: "string", default: "1" },
  rounds: { type: "string", default: "3" },
} as const;

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  weights: z.enum(["f32", "bf16", "int8", "int4"]),
  threads: countFlag("--threads"),
  rounds: countFlag("--rounds"),
});

async function measure(args: readonly string[]): Promise<string> {
  const flags = readFlags(args, FLAGS, flagsSchema, USAGE);
  const { weights, threads } = flags;
  const inner = await loadEngine(flags.model, { engine: "simd", weights, threads });
  const engine = new SteeredEngine(inner);
  const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(VOCABULARY));
  const schedulers = [true, false].map((speculation) =>
    new Scheduler(engine, tokenizer, { speculation })
  );
  /** Milliseconds for an answer, from its first token on, and its tokens. */
  const answer = async (scheduler: Scheduler, pair: Pair) => {
    const prompt = tokenizer.encode(`User: ${pair.prompt}\n\nAssistant: `);
    const said = tokenizer.encode(pair.answer);
    engine.steer([...prompt, ...said, END]);
    const sequence = scheduler.open();
    let began = 0;
    const generation = sequence.generate({
      prompt,
      onPrompt: () => began = performance.now(),
      sampling: {
        temperature: 1,
        topP: 0.5,
        topK: 0,
        presencePenalty: 0,
        frequencyPenalty: 0,
        penaltyDecay: 0.996,
        seed: 1,
      },
      endOfText: END,
      stop: ["\n\nUser:"],
      maxTokens: said.length + 8,
      signal: new AbortController().signal,
    });
    let step = await generation.next();
    while (!step.done) step = await generation.next();
    const ms = performance.now() - began;
    sequence.close();
    if (step.value.tokens.join() !== said.join()) throw new Error(`${pair.prompt}: other tokens`);
    return { ms, tokens: said.length };
  };

  const rows = [["answers", "tokens", "tokens/s without", "with guesses", "ratio", "least"]];
  const kinds = Map.groupBy([...GROUNDED, ...OTHERS], ({ kind }) => kind);
  const all = [
    ...kinds.entries(),
    ["all that are grounded", GROUNDED] as const,
  ];
  await answer(schedulers[0]!, GROUNDED[0]!);
  await answer(schedulers[1]!, GROUNDED[0]!);
  const ratios = new Map<Pair, { tokens: number; on: number; off: number }>();
  for (const pair of [...GROUNDED, ...OTHERS]) {
    const [on, off]: [number[], number[]] = [[], []];
    let tokens = 0;
    for (let round = 0; round < flags.rounds; round++) {
      const without = await answer(schedulers[1]!, pair);
      const guessed = await answer(schedulers[0]!, pair);
      tokens = guessed.tokens;
      on.push(guessed.ms);
      off.push(without.ms);
    }
    ratios.set(pair, { tokens, on: median(on), off: median(off) });
  }
  for (const [kind, pairs] of all) {
    const of = pairs.map((pair) => ratios.get(pair)!);
    const sum = (what: "tokens" | "on" | "off") => of.reduce((all, one) => all + one[what], 0);
    rows.push([
      `${pairs.length} ${kind}`,
      `${sum("tokens")}`,
      (1000 * sum("tokens") / sum("off")).toFixed(1),
      (1000 * sum("tokens") / sum("on")).toFixed(1),
      (sum("off") / sum("on")).toFixed(2),
      Math.min(...of.map(({ on, off }) => off / on)).toFixed(2),
    ]);
  }
  await engine.close();
  return markdownTable(rows);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

try {
  console.log(await measure(Deno.args));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
