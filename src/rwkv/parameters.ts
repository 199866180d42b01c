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

/** Looks up the weights of one part of the model. `prefix` is the start of their names, such as `blocks.3.att.`. */
export type Bind<X> = <P extends Parameters>(parameters: P, prefix: string) => Weights<P, X>;

/** An engine's tensors, by their names in the checkpoint. */
export interface WeightSource<X> {
  has(name: string): boolean;
  /** A vector with one value per channel, `[D]`. For `heads` see {@linkcode Parameter}. */
  vector(name: string, kind: "vector" | "heads"): X;
  /** A matrix, as stored. For `linear` and `matrix` see {@linkcode Parameter}. */
  matrix(name: string, kind: "linear" | "matrix"): X;
  /** The matrices of a stacked tensor. */
  matrices(name: string): X[];
}

/** The names of a parameter's tensors. */
export function tensorNames(name: string, { kind }: Parameter): string[] {
  if (kind === "norm") return [`${name}.weight`, `${name}.bias`];
  return [kind === "linear" ? `${name}.weight` : name];
}

/**
 * Binds parameter tables to tensors. Weights are looked up lazily, so a definition pays only for those it uses.
 */
export function bindTo<X>(source: WeightSource<X>): Bind<X> {
  const find = (name: string, parameter: Parameter): X | Norm<X> | X[] | undefined => {
    const [first, second] = tensorNames(name, parameter) as [string, string?];
    if (parameter.optional && !source.has(first)) return undefined;
    switch (parameter.kind) {
      case "vector":
      case "heads":
        return source.vector(first, parameter.kind);
      case "norm":
        return { weight: source.vector(first, "vector"), bias: source.vector(second!, "vector") };
      case "linear":
      case "matrix":
        return source.matrix(first, parameter.kind);
      case "matrices":
        return source.matrices(first);
    }
  };

  return <P extends Parameters>(parameters: P, prefix: string) => {
    const found = new Map<string, ReturnType<typeof find>>();
    const weights = {};
    for (const [name, parameter] of Object.entries(parameters)) {
      Object.defineProperty(weights, name, {
        enumerable: true,
        get() {
          if (!found.has(name)) found.set(name, find(prefix + name, parameter));
          return found.get(name);
        },
      });
    }
    return weights as Weights<P, X>;
  };
}
