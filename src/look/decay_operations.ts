import type { Operations } from "../rwkv/operations.ts";

/** A vector of one token that is computed when somebody reads it, with the tensors that it depends on. */
export interface LazyVector {
  readonly tensors: ReadonlySet<string>;
  /** `[D]`, or another width. */
  value(): Float64Array;
}

const NO_TENSORS: ReadonlySet<string> = new Set();

/** A vector that is already there. */
export function known(values: Float64Array): LazyVector {
  return { tensors: NO_TENSORS, value: () => values };
}

/** Everything that a decay does not depend on. */
const UNUSED: LazyVector = {
  tensors: NO_TENSORS,
  value() {
    throw new Error("A decay depends on an operation that DecayOperations does not compute");
  },
};

function lazy(
  operands: readonly LazyVector[],
  compute: (...values: Float64Array[]) => Float64Array,
): LazyVector {
  let value: Float64Array | undefined;
  return {
    tensors: operands.reduce((all, { tensors }) => all.union(tensors), NO_TENSORS),
    value: () => value ??= compute(...operands.map((operand) => operand.value())),
  };
}

const map = (x: LazyVector, f: (x: number) => number) => lazy([x], (x) => x.map(f));
const zip = (a: LazyVector, b: LazyVector, f: (a: number, b: number) => number) =>
  lazy([a, b], (a, b) => a.map((x, i) => f(x, b[i]!)));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * The operations that the decay of one token depends on, in float64. Others give a value that is never computed, so that
 * the time mix of a version can be run for its decay alone: it takes the projections of the decay and none of the large
 * matrices.
 */
export class DecayOperations implements Operations<LazyVector> {
  /** The logarithm of the decay that the recurrence was given. */
  log_w: LazyVector | undefined;

  add = (a: LazyVector, b: LazyVector) => zip(a, b, (a, b) => a + b);
  sub = (a: LazyVector, b: LazyVector) => zip(a, b, (a, b) => a - b);
  mul = (a: LazyVector, b: LazyVector) => zip(a, b, (a, b) => a * b);
  scale = (x: LazyVector, factor: number) => map(x, (x) => x * factor);
  lerp = (x: LazyVector, xx: LazyVector, m: LazyVector) => this.add(x, this.mul(xx, m));
  exp = (x: LazyVector) => map(x, Math.exp);
  tanh = (x: LazyVector) => map(x, Math.tanh);
  sigmoid = (x: LazyVector) => map(x, sigmoid);
  silu = (x: LazyVector) => map(x, (x) => x * sigmoid(x));
  reluSquared = (x: LazyVector) => map(x, (x) => Math.max(x, 0) ** 2);

  matmul(x: LazyVector, M: LazyVector): LazyVector {
    return lazy([x, M], (x, M) => {
      const y = new Float64Array(M.length / x.length);
      for (const [i, value] of x.entries()) {
        for (let j = 0; j < y.length; j++) y[j]! += value * M[i * y.length + j]!;
      }
      return y;
    });
  }

  split(x: LazyVector, parts: number): LazyVector[] {
    return Array.from({ length: parts }, (_, i) =>
      lazy([x], (x) => {
        const size = x.length / parts;
        return x.slice(i * size, (i + 1) * size);
      }));
  }

  /** Of one token: the token before it. */
  tokenShift = (_x: LazyVector, prev: LazyVector) => prev;
  last = (x: LazyVector) => x;

  linear = () => UNUSED;
  layerNorm = () => UNUSED;
  groupNorm = () => UNUSED;
  normalizeHeads = () => UNUSED;
  bonus = () => UNUSED;

  wkv4 = ({ log_w }: { log_w: LazyVector }) => this.#recurrence(log_w);
  wkv6 = ({ log_w }: { log_w: LazyVector }) => this.#recurrence(log_w);
  wkv7 = ({ log_w }: { log_w: LazyVector }) => this.#recurrence(log_w);

  #recurrence(log_w: LazyVector): [LazyVector, LazyVector] {
    this.log_w = log_w;
    return [UNUSED, UNUSED];
  }
}
