/**
 * The symbol of a dimension. The shapes in the checkpoint determine its size: V vocabulary size, D width, F
 * feed-forward width, H number of heads, N head size; the others are ranks of low-rank products.
 */
export type Dimension = "V" | "D" | "F" | "H" | "N" | "M" | "5M" | "R" | "dw" | "da" | "dv" | "dg";

/** A named weight, as official checkpoints store it. */
export interface Parameter {
  /**
   * - `vector`: a tensor of that name. Leading dimensions of size 1 are ignored.
   * - `heads`: one value per head, `[H]`, repeated to one per channel, `[D]`.
   * - `linear`: `NAME.weight`, `[out, in]`, applied as y = W x.
   * - `matrix`: a tensor of that name, `[in, out]`, applied as y = x M.
   * - `matrices`: five such matrices stacked, `[5, in, out]`.
   * - `norm`: `NAME.weight` and `NAME.bias`.
   */
  readonly kind: "vector" | "heads" | "linear" | "matrix" | "matrices" | "norm";
  readonly dims: readonly Dimension[];
  /** Whether a checkpoint may lack it, like RWKV-7's value residual gate in block 0, which is unused. */
  readonly optional: boolean;
}

/** The weights of one part of a block or of the model, by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** The weight and the bias of a norm, `[D]` each. */
export interface Norm<X> {
  readonly weight: X;
  readonly bias: X;
}

/** The weights of one part as an engine's values: one `X` per tensor. */
export type Weights<P extends Parameters, X> = {
  readonly [Name in keyof P]: P[Name] extends { optional: true } ? Weight<P[Name], X> | undefined
    : Weight<P[Name], X>;
};

type Weight<P extends Parameter, X> = P extends { kind: "norm" } ? Norm<X>
  : P extends { kind: "matrices" } ? readonly X[]
  : X;

function parameter<K extends Parameter["kind"]>(kind: K) {
  return (...dims: Dimension[]) => ({ kind, dims, optional: false as const });
}

/** @see {@linkcode Parameter} */
export const vector = parameter("vector");
/** @see {@linkcode Parameter} */
export const heads = parameter("heads");
/** @see {@linkcode Parameter} */
export const linear = parameter("linear");
/** @see {@linkcode Parameter} */
export const matrix = parameter("matrix");
/** @see {@linkcode Parameter} */
export const matrices = parameter("matrices");
/** @see {@linkcode Parameter} */
export const norm = parameter("norm");

/** Marks a parameter that a checkpoint may lack. */
export function optional<K extends Parameter["kind"]>(
  parameter: { kind: K; dims: Dimension[]; optional: false },
) {
  return { ...parameter, optional: true as const };
}
