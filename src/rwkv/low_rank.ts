import type { Operations } from "./operations.ts";

/** Options of {@linkcode lowRank}. */
export interface LowRankOptions<X> {
  /** The activation between the two products. @default {identity} */
  readonly f?: "tanh" | "sigmoid";
  /** Added to the result, `[D]`. @default {zero} */
  readonly bias?: X;
}

/**
 * A low-rank MLP applied to each token: f(x A) B + bias. Source: `loramlp` in arXiv 2503.14456, section 4.1, equation
 * (2); `lora` in arXiv 2404.05892, section 4.2.1, equation (14).
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
