import type { Engine, ReadRequest } from "../../src/engine/engine.ts";
import { Sampler } from "../../src/sampling/sampler.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { readBandwidth } from "./bandwidth.ts";
import type { JobOf } from "./job.ts";
import { PeakMemory } from "./memory.ts";
import { loadModel, THREADS } from "./models.ts";
import type { Series } from "./series.ts";

/** Sampling that never ends a text early and costs what a server's sampling costs. */
export const SAMPLING = {
  temperature: 1,
  topP: 1,
  topK: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  penaltyDecay: 1,
  seed: 1,
} as const;

/** What is read to measure the memory, in all: long enough for a median, a third of a second. */
const BANDWIDTH_BYTES = 8e9;

/** Time from opening the file to the engine being ready, in a process that has loaded no model before; and its memory. */
export async function benchLoad(
  { engine, weights, model, file }: JobOf<"load">,
): Promise<Series[]> {
  using memory = new PeakMemory();
  await using loaded = await loadModel(file, { engine, weights });
  const common = { engine, weights, model, threads: THREADS, batch: 1 } as const;
  return [
    { ...common, bench: "load", unit: "ms", samples: [loaded.loadMs] },
    { ...common, bench: "load, peak memory", unit: "MB", samples: [memory.megabytes()] },
  ];
}

/** Steps of one token each, sequences side by side; and how fast the weights alone could be read. */
export async function benchDecode(
  { engine: name, weights, model, file, runs }: JobOf<"decode">,
): Promise<Series[]> {
  using memory = new PeakMemory();
  await using loaded = await loadModel(file, { engine: name, weights });
  const { engine, stepBytes } = loaded;
  const measured: { batch: number; samples: number[]; peak: number }[] = [];
  for (const { batch, steps } of runs) {
    const samples = await decode(engine, batch, steps);
    measured.push({ batch, samples, peak: memory.megabytes() });
  }
  const passes = Math.ceil(BANDWIDTH_BYTES / stepBytes);
  const bandwidth = readBandwidth(stepBytes, passes);
  return measured.flatMap(({ batch, samples, peak }): Series[] => {
    const common = { weights, model, threads: THREADS, batch } as const;
    // A batch reads the weights once.
    const limit = bandwidth.map((rate) => (batch * rate) / stepBytes);
    return [
      { ...common, bench: "decode", engine: name, unit: "tokens/s", samples },
      {
        ...common,
        bench: "decode, memory limit",
        engine: "none",
        unit: "tokens/s",
        samples: limit,
      },
      { ...common, bench: "decode, peak memory", engine: name, unit: "MB", samples: [peak] },
    ];
  });
}

/** Tokens a second of each step. */
async function decode(engine: Engine, batch: number, steps: number): Promise<number[]> {
  const sampler = new Sampler(SAMPLING);
  let reads = Array.from({ length: batch }, (): ReadRequest => ({
    state: RecurrentState.empty(engine.layout),
    tokens: [0],
  }));
  const step = async (): Promise<number> => {
    const started = performance.now();
    const results = await engine.forward(reads);
    const passed = performance.now() - started;
    reads = results.map(({ state, logits }) => {
      return { state, tokens: [sampler.sample(logits)], consume: true };
    });
    return (batch * 1000) / passed;
  };
  await repeat(Math.ceil(steps / 5), step); // warms up
  return await repeat(steps, step);
}

/** Reads of many tokens, each into the empty state. */
export async function benchPrefill(
  { engine: name, weights, model, file, runs }: JobOf<"prefill">,
): Promise<Series[]> {
  using memory = new PeakMemory();
  await using loaded = await loadModel(file, { engine: name, weights });
  const { engine } = loaded;
  const common = { engine: name, weights, model, threads: THREADS, batch: 1 } as const;
  const series: Series[] = [];
  for (const { tokens, reads } of runs) {
    const prompt = randomTokens(engine, tokens);
    const read = async (): Promise<number> => {
      const started = performance.now();
      await engine.forward([{ state: RecurrentState.empty(engine.layout), tokens: prompt }]);
      return (tokens * 1000) / (performance.now() - started);
    };
    await repeat(Math.ceil(reads / 5), read); // warms up
    const samples = await repeat(reads, read);
    const bench = `prefill ${tokens}`;
    series.push(
      { ...common, bench, unit: "tokens/s", samples },
      { ...common, bench: `${bench}, peak memory`, unit: "MB", samples: [memory.megabytes()] },
    );
  }
  return series;
}

/** Tokens of a prompt that means nothing. */
export function randomTokens({ config }: Engine, length: number): number[] {
  const random = new SeededRandom(1);
  return Array.from({ length }, () => Math.floor(random.next() * config.vocab_size));
}

async function repeat(times: number, run: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) results.push(await run());
  return results;
}
