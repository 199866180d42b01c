import type { ReadRequest } from "../../src/engine/engine.ts";
import { Sampler } from "../../src/sampling/sampler.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import type { JobOf } from "./job.ts";
import { residentMegabytes } from "./memory.ts";
import { loadModel, THREADS } from "./models.ts";
import { quantile, type Series } from "./series.ts";
import { SAMPLING } from "./speed.ts";

/** Steps before a mark whose times are looked at. */
const WINDOW = 500;

/**
 * One long run, token by token: what a step and the process's memory are at each mark, and by how much they grow from
 * mark to mark. A recurrent network promises that they do not (arXiv 2305.13048, section 1).
 */
export async function benchLong(
  { engine: name, weights, model, file, marks }: JobOf<"long">,
): Promise<Series[]> {
  await using loaded = await loadModel(file, { engine: name, weights });
  const { engine } = loaded;
  const sampler = new Sampler(SAMPLING);
  const times: { mark: number; samples: number[] }[] = [];
  const memory: { mark: number; samples: number[] }[] = [];
  const window = new Float64Array(WINDOW);
  let read: ReadRequest = { state: RecurrentState.empty(engine.layout), tokens: [0] };

  for (let token = 1; token <= marks.at(-1)!; token++) {
    const started = performance.now();
    const [result] = await engine.forward([read]);
    window[token % WINDOW] = performance.now() - started;
    read = { state: result!.state, tokens: [sampler.sample(result!.logits)], consume: true };
    if (!marks.includes(token)) continue;
    times.push({ mark: token, samples: [...window] });
    memory.push({ mark: token, samples: [residentMegabytes()] });
  }

  const common = { engine: name, weights, model, threads: THREADS, batch: 1 } as const;
  return [
    { what: "step", unit: "ms", marked: times },
    { what: "memory", unit: "MB", marked: memory },
  ].flatMap(({ what, unit, marked }): Series[] => [
    ...marked.map(({ mark, samples }) => ({
      ...common,
      bench: `long, ${what} at ${mark}`,
      unit,
      samples,
    })),
    ...marked.slice(1).map(({ mark, samples }, i) => {
      const before = marked[i]!;
      return {
        ...common,
        bench: `long, ${what} at ${mark} / ${before.mark}`,
        unit: "ratio",
        samples: [quantile(samples, 0.5) / quantile(before.samples, 0.5)],
      };
    }),
  ]);
}
