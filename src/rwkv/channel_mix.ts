import type { Operations } from "./operations.ts";
import { linear, vector, type Weights } from "./parameters.ts";
import { staticMix } from "./token_shift.ts";

/** Weights of the channel mix of RWKV-4 and 5, in the paper mu'_k, mu'_r, W'_k, W'_v and W'_r. */
export const channelMixParameters = {
  time_mix_k: vector("D"),
  time_mix_r: vector("D"),
  key: linear("F", "D"),
  value: linear("D", "F"),
  receptance: linear("D", "D"),
};

/**
 * The channel mix of RWKV-4 and 5. Source: arXiv 2305.13048, section 3.1; numbers in parentheses are its equations.
 * RWKV-5 uses the same (arXiv 2404.05892, section 4.1.3).
 *
 * @param x `[B, T, D]`
 * @param prev `[B, 1, D]`, the input at the token before the first
 * @returns `[B, T, D]`
 */
export function channelMix<X>(
  o: Operations<X>,
  p: Weights<typeof channelMixParameters, X>,
  x: X,
  prev: X,
): X {
  const mix = staticMix(o, x, prev);
  const k = o.linear(mix(p.time_mix_k), p.key); // (15) [B, T, F]
  const r = o.linear(mix(p.time_mix_r), p.receptance); // (14) [B, T, D]
  return o.mul(o.sigmoid(r), o.linear(o.reluSquared(k), p.value)); // (18) [B, T, D]
}
