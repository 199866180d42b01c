import type { Engine, ReadRequest } from "../../src/engine/engine.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import type { JobOf } from "./job.ts";
import { loadModel } from "./models.ts";
import type { Series } from "./series.ts";

/** So long a turn takes before it counts: a core that has rested is slow at first, and both ways of computing are tried. */
const WARM_MS = 300;
/** So long it counts. */
const TURN_MS = 900;

/** A process that keeps a core busy. */
const BUSY: Deno.CommandOptions = { args: ["eval", "for (;;);"], stdin: "null" };

/** What is computed: `tokens` of each of `batch` sequences. */
const WORK = [
  { name: "decode", batch: 1, tokens: 1 },
  { name: "decode", batch: 8, tokens: 1 },
  { name: "prefill 64", batch: 1, tokens: 64 },
  { name: "prefill 256", batch: 1, tokens: 256 },
] as const;

/**
 * Tokens a second with one thread and with more, which take turns, while other processes keep cores busy or do not. Samples
 * are those of a turn.
 */
export async function benchThreads(
  { engine: name, weights, model, file, threads, busy, rounds }: JobOf<"threads">,
): Promise<Series[]> {
  await using stack = new AsyncDisposableStack();
  const engines: { readonly count: number; readonly engine: Engine }[] = [];
  for (const count of threads) {
    const loaded = stack.use(await loadModel(file, { engine: name, weights }, count));
    engines.push({ count, engine: loaded.engine });
  }
  for (let i = 0; i < busy; i++) stack.use(new Deno.Command(Deno.execPath(), BUSY).spawn());
  const meanwhile = busy === 0 ? "" : `, ${busy} ${busy === 1 ? "core" : "cores"} busy`;
  const series: Series[] = [];
  for (const { name: work, batch, tokens } of WORK) {
    const samples = engines.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, { engine }] of engines.entries()) {
        samples[i]!.push(await turn(engine, batch, tokens));
      }
    }
    for (const [i, { count }] of engines.entries()) {
      const bench = `${work}, ${count} ${count === 1 ? "thread" : "threads"}${meanwhile}`;
      const common = { engine: name, weights, model, threads: count, batch } as const;
      series.push({ ...common, bench, unit: "tokens/s", samples: samples[i]! });
    }
  }
  return series;
}

async function turn(engine: Engine, batch: number, tokens: number): Promise<number> {
  let reads = Array.from({ length: batch }, (_, i): ReadRequest => ({
    state: RecurrentState.empty(engine.layout),
    tokens: Array.from({ length: tokens }, (_, at) => (31 * at + 7 * i + 1) % 4096),
  }));
  const readFor = async (ms: number) => {
    const started = performance.now();
    let read = 0;
    while (performance.now() - started < ms) {
      const results = await engine.forward(reads);
      read += batch * tokens;
      if (tokens === 1) {
        reads = results.map(({ state }) => ({ state, tokens: [read % 4096], consume: true }));
      }
    }
    return (read * 1000) / (performance.now() - started);
  };
  await readFor(WARM_MS);
  return await readFor(TURN_MS);
}
