import type { Engine } from "../../src/engine/engine.ts";
import { firstState } from "../../src/engine/engine.ts";
import { surprise } from "./score.ts";

/** How one engine's predictions of documents differ from another's. */
export interface Difference {
  /** The sum of `-ln p` over all tokens and the ends of documents. */
  readonly nats: number;
  /** The mean Kullback-Leibler divergence from the other, in nats a token. */
  readonly divergence: number;
  /** How often both find the same token likeliest. */
  readonly agreement: number;
}

/**
 * Compares how engines predict documents, each of which is read from the empty state after an end of text.
 *
 * @param engines The first is what all are compared with.
 * @param documents The tokens of each document.
 */
export async function compareEngines(
  engines: readonly Engine[],
  documents: readonly (readonly number[])[],
  endOfText: number,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const sums = engines.map(() => ({ nats: 0, divergence: 0, agreement: 0 }));
  let tokens = 0;
  for (const document of documents) {
    signal?.throwIfAborted();
    const targets = [...document, endOfText];
    const all: Float32Array[][] = [];
    for (const engine of engines) {
      const logits: Float32Array[] = [];
      const [last] = await engine.forward([{
        state: firstState(engine),
        tokens: [endOfText, ...document],
        onLogits: (row) => logits.push(row.slice()),
      }]);
      all.push([...logits, last!.logits]);
    }
    for (const [at, target] of targets.entries()) {
      const exact = all[0]![at]!;
      for (const [i, sum] of sums.entries()) {
        const logits = all[i]![at]!;
        sum.nats += surprise(logits, target);
        sum.divergence += divergence(exact, logits);
        sum.agreement += Number(likeliest(exact) === likeliest(logits));
      }
    }
    tokens += targets.length;
  }
  return sums.map(({ nats, divergence, agreement }) => {
    return { nats, divergence: divergence / tokens, agreement: agreement / tokens };
  });
}

/**
 * The Kullback-Leibler divergence of the distribution of logits from that of others, in nats.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const half = new Float32Array([0, 0]);
 * const third = new Float32Array([Math.log(1), Math.log(2)]);
 * assert(Math.abs(divergence(half, third) - Math.log(3 / (2 * Math.SQRT2))) < 1e-6);
 * assert.equal(divergence(half, half), 0);
 * ```
 */
export function divergence(exact: Float32Array, logits: Float32Array): number {
  const [p, q] = [logSum(exact), logSum(logits)];
  let sum = 0;
  for (let i = 0; i < exact.length; i++) {
    const ln = exact[i]! - p;
    sum += Math.exp(ln) * (ln - (logits[i]! - q));
  }
  return sum;
}

function logSum(logits: Float32Array): number {
  const max = logits[likeliest(logits)]!;
  return max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0));
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
