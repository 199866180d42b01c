import { exp } from "./exp.ts";

/** How likely one token was. */
export interface TokenLogprob {
  readonly token: number;
  /** The natural logarithm of its probability. */
  readonly logprob: number;
}

/** How likely a chosen token was, and what else was likely in its place. */
export interface TokenLogprobs extends TokenLogprob {
  /** The likeliest tokens, the likeliest first and the lowest id first among equals. */
  readonly top: readonly TokenLogprob[];
}

/**
 * How likely a token was by the model itself: softmax of its logits, before penalties, biases, temperature, truncation
 * and masks.
 *
 * @param logits `[V]`
 * @param token The one that was chosen.
 * @param count How many of the likeliest to tell.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { logprob, top } = tokenLogprobs(new Float32Array([0, 0, -Infinity]), 1, 1);
 * assert.equal(logprob, Math.log(0.5));
 * assert.deepEqual(top, [{ token: 0, logprob: Math.log(0.5) }]);
 * ```
 */
export function tokenLogprobs(logits: Float32Array, token: number, count: number): TokenLogprobs {
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > max) max = logits[i]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += exp(logits[i]! - max);
  const normalizer = max + Math.log(sum);
  const top = likeliest(logits, count).map((token) => ({
    token,
    logprob: logits[token]! - normalizer,
  }));
  return { token, logprob: logits[token]! - normalizer, top };
}

/** The ids of the greatest logits, found by insertion: the count is small. */
function likeliest(logits: Float32Array, count: number): number[] {
  const ids: number[] = [];
  if (count === 0) return ids;
  let least = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (logit === -Infinity || (ids.length === count && logit <= least)) continue;
    let at = ids.length;
    while (at > 0 && logits[ids[at - 1]!]! < logit) at--;
    ids.splice(at, 0, id);
    if (ids.length > count) ids.pop();
    least = logits[ids.at(-1)!]!;
  }
  return ids;
}
