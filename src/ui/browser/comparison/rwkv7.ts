import type { Blocks, Sizes } from "./architecture.ts";
import { addTo, multiply, normalize, randomMatrix, randomVector, sigmoid } from "./arithmetic.ts";

/** The rank of the low-rank products of w, a, v and g. */
const RANK = 32;

const PROJECTIONS = ["r", "k", "v", "w", "a", "g"] as const;
type Projection = (typeof PROJECTIONS)[number];

/** A layer, and its state of D N + 2 D numbers. */
class Layer {
  readonly #sizes: Sizes;
  readonly #square: Readonly<Record<"r" | "k" | "v" | "o", Float32Array>>;
  /** The two thin matrices of a low-rank product, both as rows of outputs. */
  readonly #thin: Readonly<Record<"w" | "a" | "nu" | "g", readonly [Float32Array, Float32Array]>>;
  readonly #mix: Readonly<Record<Projection | "ffn", Float32Array>>;
  readonly #vectors: Readonly<Record<"w0" | "a0" | "v0" | "k_k" | "k_a" | "r_k", Float32Array>>;
  readonly #up: Float32Array;
  readonly #down: Float32Array;
  readonly state: Readonly<Record<"att" | "ffn" | "S", Float32Array>>;

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
    const { width: D, head: N } = sizes;
    const square = () => randomMatrix(D, D);
    const thin = () => [randomMatrix(RANK, D), randomMatrix(D, RANK)] as const;
    const vector = () => randomVector(D, 0, 1);
    this.#square = { r: square(), k: square(), v: square(), o: square() };
    this.#thin = { w: thin(), a: thin(), nu: thin(), g: thin() };
    this.#mix = {
      ...{ r: vector(), k: vector(), v: vector(), w: vector(), a: vector(), g: vector() },
      ffn: vector(),
    };
    this.#vectors = {
      ...{ w0: vector(), a0: vector(), v0: vector(), k_k: vector(), k_a: vector(), r_k: vector() },
    };
    this.#up = randomMatrix(4 * D, D);
    this.#down = randomMatrix(D, 4 * D);
    // S is [H, N, N]: rows are values here, so that reading it is a product.
    this.state = {
      att: new Float32Array(D),
      ffn: new Float32Array(D),
      S: new Float32Array(D * N),
    };
  }

  /** @param v_first the value of the first layer, which the first layer fills in */
  step(x: Float32Array, v_first: Float32Array, isFirst: boolean): void {
    const { width: D, head: N } = this.#sizes;
    const { att, ffn, S } = this.state;
    const { w0, a0, v0, k_k, k_a, r_k } = this.#vectors;
    const y = new Float32Array(D);
    normalize(x, y);
    const mixed = (q: Projection | "ffn", before: Float32Array) =>
      y.map((value, i) => value + (before[i]! - value) * this.#mix[q][i]!);
    const product = (W: Float32Array, input: Float32Array, rows = D) => {
      const result = new Float32Array(rows);
      multiply(W, input, result);
      return result;
    };
    const lowRank = (
      [A, B]: readonly [Float32Array, Float32Array],
      input: Float32Array,
      f = (value: number) => value,
    ) => product(B, product(A, input, RANK).map(f));

    const r = product(this.#square.r, mixed("r", att));
    const k = product(this.#square.k, mixed("k", att));
    const x_v = mixed("v", att);
    const v = product(this.#square.v, x_v);
    const w = lowRank(this.#thin.w, mixed("w", att), Math.tanh);
    const a = lowRank(this.#thin.a, mixed("a", att));
    const g = lowRank(this.#thin.g, mixed("g", att), sigmoid);
    att.set(y);
    for (let i = 0; i < D; i++) {
      w[i] = Math.exp(-0.6065307 * sigmoid(w0[i]! + w[i]!));
      a[i] = sigmoid(a0[i]! + a[i]!);
    }
    if (isFirst) v_first.set(v);
    else {
      const nu = lowRank(this.#thin.nu, x_v);
      for (let i = 0; i < D; i++) v[i]! += (v_first[i]! - v[i]!) * sigmoid(v0[i]! + nu[i]!);
    }
    const kk = k.map((value, i) => value * k_k[i]!);
    for (let i = 0; i < D; i++) k[i]! *= 1 + (a[i]! - 1) * k_a[i]!;

    for (let head = 0; head < D; head += N) {
      const part = (vector: Float32Array) => vector.subarray(head, head + N);
      const rows = S.subarray(head * N, (head + N) * N);
      unit(part(kk));
      recur(rows, {
        ...{ r: part(r), w: part(w), k: part(k), v: part(v), kk: part(kk), a: part(a) },
        y: part(y),
      });
    }
    normalize(y, y, N);
    for (let head = 0; head < D; head += N) {
      let bonus = 0;
      for (let i = head; i < head + N; i++) bonus += r[i]! * k[i]! * r_k[i]!;
      for (let i = head; i < head + N; i++) y[i] = (y[i]! + bonus * v[i]!) * g[i]!;
    }
    addTo(x, product(this.#square.o, y));

    normalize(x, y);
    const hidden = product(this.#up, mixed("ffn", ffn), 4 * D);
    ffn.set(y);
    for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(hidden[i]!, 0) ** 2;
    addTo(x, product(this.#down, hidden));
  }
}

function unit(x: Float32Array): void {
  let squares = 0;
  for (const value of x) squares += value * value;
  const scale = 1 / Math.max(Math.sqrt(squares), 1e-12);
  for (let i = 0; i < x.length; i++) x[i]! *= scale;
}

/** The inputs of the recurrence for one token and one head, `[N]` each; `y` is its result. */
interface Recurrence {
  readonly r: Float32Array;
  readonly w: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly kk: Float32Array;
  readonly a: Float32Array;
  readonly y: Float32Array;
}

/** S = S diag(w) - (S kk) (kk a)^T + v k^T; y = S r. Equations (16) and (17) of arXiv 2503.14456. `S [N values, N keys]`. */
export function recur(S: Float32Array, { r, w, k, v, kk, a, y }: Recurrence): void {
  const N = r.length;
  for (let i = 0; i < N; i++) {
    const row = i * N;
    let there = 0;
    for (let j = 0; j < N; j++) there += S[row + j]! * kk[j]!;
    let sum = 0;
    for (let j = 0; j < N; j++) {
      const s = S[row + j]! * w[j]! - there * kk[j]! * a[j]! + v[i]! * k[j]!;
      S[row + j] = s;
      sum += s * r[j]!;
    }
    y[i] = sum;
  }
}

/** The blocks of an RWKV-7 with random weights, a token at a time, as `src/rwkv/rwkv7.ts` defines it. */
export class Rwkv7 implements Blocks {
  readonly parameters: number;
  readonly #layers: readonly Layer[];
  readonly #v_first: Float32Array;

  constructor(sizes: Sizes) {
    this.#layers = Array.from({ length: sizes.layers }, () => new Layer(sizes));
    this.#v_first = new Float32Array(sizes.width);
    this.parameters = sizes.layers * (12 * sizes.width ** 2 + 8 * RANK * sizes.width);
  }

  step(x: Float32Array): void {
    for (const [i, layer] of this.#layers.entries()) layer.step(x, this.#v_first, i === 0);
  }

  held(): number {
    return this.#layers.reduce(
      (sum, { state }) =>
        sum + Object.values(state).reduce((bytes, { byteLength }) => bytes + byteLength, 0),
      0,
    );
  }
}
