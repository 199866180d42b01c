/**
 * Arithmetic on plain arrays of numbers, for the models in this folder.
 *
 * @module
 */

export type Vector = readonly number[];
/** Rows. */
export type Matrix = readonly Vector[];

export const add = (a: Vector, b: Vector): number[] => a.map((x, i) => x + b[i]!);
export const sub = (a: Vector, b: Vector): number[] => a.map((x, i) => x - b[i]!);
export const mul = (a: Vector, b: Vector): number[] => a.map((x, i) => x * b[i]!);
export const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** a + (b - a) m: a where m is 0, b where it is 1. */
export const lerp = (a: Vector, b: Vector, m: Vector): number[] =>
  a.map((x, i) => x + (b[i]! - x) * m[i]!);

/** W x: the dot product of each row with x. */
export const times = (W: Matrix, x: Vector): number[] => W.map((row) => dot(row, x));

/** x M: the sum of the rows, weighted by x. */
export function sumOfRows(x: Vector, M: Matrix): number[] {
  const sum = M[0]!.map(() => 0);
  for (const [i, row] of M.entries()) row.forEach((m, j) => sum[j]! += x[i]! * m);
  return sum;
}

/** Mean 0 and variance 1, then a weight and a bias for each channel. */
export function norm(x: Vector, weight: Vector, bias: Vector, eps = 1e-5): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => (value - mean) / Math.sqrt(variance + eps) * weight[i]! + bias[i]!);
}

/** The channels of each head. */
export const heads = (x: Vector, N: number): number[][] =>
  Array.from({ length: x.length / N }, (_, h) => x.slice(h * N, (h + 1) * N));

/** A vector or matrix of zeros. */
export const zeros = (length: number): number[] => Array.from({ length }, () => 0);
