import type { Operations } from "./operations.ts";

/** What {@linkcode lowRank} may apply between its two products, and add after them. */
export interface LowRankOptions<X> {
  /** The operation between the products. Default: none. */
  readonly f?: "tanh" | "sigmoid";
  /** What is added, `[D]`. Default: nothing. */
  readonly bias?: X;
}

/**
 * A low-rank function of each token, f(x A) B + bias: `loramlp` in arXiv 2503.14456, section 4; `lora` in
 * arXiv 2404.05892, section 4.2.1.
 *
 * @param x `[B, T, D]`
 * @param A `[D, rank]`
 * @param B `[rank, D]`
 * @returns `[B, T, D]`
 */
export function lowRank<X>(
  o: Operations<X>,
  x: X,
  A: X,
  B: X,
  { f, bias }: LowRankOptions<X> = {},
): X {
  const hidden = o.matmul(x, A); // [B, T, rank]
  const y = o.matmul(f === undefined ? hidden : o[f](hidden), B);
  return bias === undefined ? y : o.add(y, bias);
}
