/**
 * Writes on from a text with a model on plain arrays: nothing of the product is used but its vocabulary. It always takes
 * the likeliest token.
 *
 * @module
 */
import { z } from "zod";
import { loadTokenizer } from "../src/tokenizer/load_tokenizer.ts";
import { countFlag, readFlags, UNUSABLE, UsageError } from "./flags.ts";
import type { Vector } from "./plain/arrays.ts";
import * as rwkv4 from "./plain/rwkv4.ts";
import * as rwkv7 from "./plain/rwkv7.ts";
import { Tensors } from "./plain/tensors.ts";

const USAGE = "Usage: deno task plain [--model models/tern-7m] [--text TEXT] [--tokens N]";

const flagsSchema = z.object({
  model: z.string().min(1, "--model is empty"),
  text: z.string().min(1, "--text is empty"),
  tokens: countFlag("--tokens"),
});

/** Reads tokens one after the other. */
function reader(tensors: Tensors): (token: number) => Vector {
  const loop = <State>(
    step: (tensors: Tensors, token: number, states: State[]) => { logits: Vector; states: State[] },
    states: State[],
  ) =>
  (token: number) => {
    const result = step(tensors, token, states);
    states = result.states;
    return result.logits;
  };
  return tensors.has("blocks.0.att.r_k")
    ? loop(rwkv7.step, rwkv7.emptyState(tensors))
    : loop(rwkv4.step, rwkv4.emptyState(tensors));
}

async function main(): Promise<void> {
  const { model, text, tokens } = readFlags(
    Deno.args,
    {
      model: { type: "string", default: "models/tern-7m" },
      text: { type: "string", default: "Once upon a time" },
      tokens: { type: "string", default: "40" },
    },
    flagsSchema,
    USAGE,
  );
  const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(`${model}/vocab.txt`));
  const read = reader(new Tensors(await Deno.readFile(`${model}/model.safetensors`)));
  const decoder = new TextDecoder();
  const write = (part: string) => Deno.stdout.writeSync(new TextEncoder().encode(part));
  write(text);
  let logits: Vector = [];
  for (const token of tokenizer.encode(text)) logits = read(token);
  for (let i = 0; i < tokens; i++) {
    const token = logits.indexOf(logits.reduce((largest, x) => Math.max(largest, x)));
    if (token === 0) break;
    write(decoder.decode(tokenizer.bytes(token), { stream: true }));
    logits = read(token);
  }
  write("\n");
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
