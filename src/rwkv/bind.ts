import type { Norm, Parameter, Parameters, Weights } from "./parameters.ts";

/** Finds the weights of one part: `prefix` is `blocks.3.att.`, say, or empty. */
export type Bind<X> = <P extends Parameters>(parameters: P, prefix: string) => Weights<P, X>;

/** The tensors of a checkpoint as an engine holds them, by the names that the checkpoint gives them. */
export interface WeightSource<X> {
  has(name: string): boolean;
  /** One number a channel, `[D]`; see {@linkcode Parameter} for `heads`. */
  vector(name: string, kind: "vector" | "heads"): X;
  /** Two dimensions, as stored; see {@linkcode Parameter} for `linear` and `matrix`. */
  matrix(name: string, kind: "linear" | "matrix"): X;
  /** The matrices of a stack. */
  matrices(name: string): X[];
}

/** The names of the tensors that hold a parameter. */
export function tensorNames(name: string, { kind }: Parameter): string[] {
  if (kind === "norm") return [`${name}.weight`, `${name}.bias`];
  return [kind === "linear" ? `${name}.weight` : name];
}

/**
 * Binds tables of parameters to tensors. Each weight is looked up when a definition first uses it, so that what
 * a definition leaves out costs nothing.
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
