import { Scheduler } from "../../src/engine/scheduler.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import type { JobOf } from "./job.ts";
import { loadModel, THREADS } from "./models.ts";
import type { Series } from "./series.ts";

const NEVER = new AbortController().signal;

/** Tokens that the stream has read before the prompt comes, as a server that just began to answer. */
const STEPS_BEFORE = 3;

/**
 * How long a running stream waits from token to token while the long prompt of another request is read: all waits, and
 * the longest. The first prompt that an engine reads is among them, when nothing is known yet of what its tokens cost.
 */
export async function benchBeside(
  { engine: name, weights, model, file, tokens, prompts }: JobOf<"beside">,
): Promise<Series[]> {
  const { engine } = await loadModel(file, { engine: name, weights });
  const scheduler = new Scheduler(engine, new ByteTokenizer());
  const waits: number[] = [];
  const longest: number[] = [];
  try {
    const stream = scheduler.open();
    for (let i = 0; i < STEPS_BEFORE; i++) await stream.read([1], NEVER);
    for (let i = 0; i < prompts; i++) {
      const long = scheduler.open();
      let done = false;
      const reading = long.read(Array<number>(tokens).fill(2), NEVER).then(() => done = true);
      const own: number[] = [];
      while (!done) {
        const started = performance.now();
        await stream.read([1], NEVER);
        own.push(performance.now() - started);
      }
      await reading;
      long.close();
      waits.push(...own);
      longest.push(Math.max(...own));
    }
    stream.close();
  } finally {
    await scheduler.close();
  }
  const common = { engine: name, weights, model, threads: THREADS, batch: 1, unit: "ms" } as const;
  return [
    { ...common, bench: "beside a prompt, wait", samples: waits },
    { ...common, bench: "beside a prompt, longest wait", samples: longest },
  ];
}
