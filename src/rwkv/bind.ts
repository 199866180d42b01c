import type { Norm, Parameter, Parameters, Weights } from "./parameters.ts";

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
