import type { Operations } from "./operations.ts";

/**
 * The token shift of RWKV-4 and 5: mu x_t + (1 - mu) x_{t-1}, with one mu per projection.
 * Source: arXiv 2305.13048, section 3.1.1; arXiv 2404.05892, section 4.1.1, equation (3).
 *
 * @param x `[B, T, D]`
 * @param prev `[B, 1, D]`, the input at the token before the first
 * @returns a function that maps mu `[D]` to the mixed input `[B, T, D]`
 */
export function staticMix<X>(o: Operations<X>, x: X, prev: X): (mu: X) => X {
  const before = o.tokenShift(x, prev);
  const xx = o.sub(x, before);
  return (mu) => o.lerp(before, xx, mu);
}
