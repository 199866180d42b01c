import type { Operations } from "./operations.ts";

/**
 * The token shift of RWKV-4 and 5: mu x_t + (1 - mu) x_{t-1}, with a mu for each projection.
 * Source: arXiv 2305.13048, section 3.1.1; arXiv 2404.05892, section 4.1.1, equation (3).
 *
 * @param x `[B, T, D]`
 * @param prev `[B, 1, D]`, the token before the first
 * @returns a function from mu `[D]` to the mix `[B, T, D]`
 */
export function staticMix<X>(o: Operations<X>, x: X, prev: X): (mu: X) => X {
  const before = o.tokenShift(x, prev);
  const xx = o.sub(x, before);
  return (mu) => o.lerp(before, xx, mu);
}
