import type { Blocks, Sizes } from "./architecture.ts";
import { addTo, multiply, normalize, randomMatrix, randomVector, sigmoid } from "./arithmetic.ts";

/** A layer, and its state of 5 D numbers. */
class Layer {
  readonly #D: number;
  readonly #weights: Readonly<Record<"r" | "k" | "v" | "o" | "up" | "down" | "gate", Float32Array>>;
  readonly #mix: readonly Float32Array[];
  /** Decay and bonus. */
  readonly #w: Float32Array;
  readonly #u: Float32Array;
  readonly state: Readonly<Record<"att" | "ffn" | "aa" | "bb" | "pp", Float32Array>>;

  constructor({ width: D }: Sizes) {
    this.#D = D;
    const square = () => randomMatrix(D, D);
    this.#weights = {
      ...{ r: square(), k: square(), v: square(), o: square(), gate: square() },
      ...{ up: randomMatrix(4 * D, D), down: randomMatrix(D, 4 * D) },
    };
    this.#mix = Array.from({ length: 5 }, () => randomVector(D, 0, 1));
    this.#w = randomVector(D, 0.001, 1);
    this.#u = randomVector(D, 0, 1);
    const zeros = () => new Float32Array(D);
    const pp = zeros().fill(-1e30);
    this.state = { att: zeros(), ffn: zeros(), aa: zeros(), bb: zeros(), pp };
  }

  step(x: Float32Array): void {
    const D = this.#D;
    const { aa, bb, pp, att, ffn } = this.state;
    const [w, u] = [this.#w, this.#u];
    const y = new Float32Array(D);
    normalize(x, y);
    const [r, k, v] = (["r", "k", "v"] as const).map((name, i) =>
      this.#project(this.#weights[name], y, att, this.#mix[i]!, D)
    ) as [Float32Array, Float32Array, Float32Array];
    att.set(y);
    recur({ aa, bb, pp }, { k, v, w, u, y });
    for (let i = 0; i < D; i++) y[i]! *= sigmoid(r[i]!);
    const out = new Float32Array(D);
    multiply(this.#weights.o, y, out);
    addTo(x, out);

    normalize(x, y);
    const hidden = this.#project(this.#weights.up, y, ffn, this.#mix[3]!, 4 * D);
    const gate = this.#project(this.#weights.gate, y, ffn, this.#mix[4]!, D);
    ffn.set(y);
    for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(hidden[i]!, 0) ** 2;
    multiply(this.#weights.down, hidden, out);
    for (let i = 0; i < D; i++) x[i]! += sigmoid(gate[i]!) * out[i]!;
  }

  /** W times the mix of this token and the one before it. */
  #project(
    W: Float32Array,
    now: Float32Array,
    before: Float32Array,
    mix: Float32Array,
    rows: number,
  ): Float32Array {
    const mixed = now.map((value, i) => before[i]! + (value - before[i]!) * mix[i]!);
    const y = new Float32Array(rows);
    multiply(W, mixed, y);
    return y;
  }
}

/** The inputs of the recurrence for one token, `[D]` each; `y` is its result. */
interface Recurrence {
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly w: Float32Array;
  readonly u: Float32Array;
  readonly y: Float32Array;
}

/** Equation (16) of arXiv 2305.13048 as a recurrence, in the stable form of appendix D. */
export function recur(
  { aa, bb, pp }: Readonly<Record<"aa" | "bb" | "pp", Float32Array>>,
  { k, v, w, u, y }: Recurrence,
): void {
  for (let i = 0; i < k.length; i++) {
    const present = u[i]! + k[i]!;
    let q = Math.max(pp[i]!, present);
    let past = Math.exp(pp[i]! - q), now = Math.exp(present - q);
    y[i] = (past * aa[i]! + now * v[i]!) / (past * bb[i]! + now);
    q = Math.max(pp[i]! - w[i]!, k[i]!);
    past = Math.exp(pp[i]! - w[i]! - q);
    now = Math.exp(k[i]! - q);
    aa[i] = past * aa[i]! + now * v[i]!;
    bb[i] = past * bb[i]! + now;
    pp[i] = q;
  }
}

/** The blocks of an RWKV-4 with random weights, a token at a time, as `src/rwkv/rwkv4.ts` defines it. */
export class Rwkv4 implements Blocks {
  readonly parameters: number;
  readonly #layers: readonly Layer[];

  constructor(sizes: Sizes) {
    this.#layers = Array.from({ length: sizes.layers }, () => new Layer(sizes));
    this.parameters = sizes.layers * 13 * sizes.width ** 2;
  }

  step(x: Float32Array): void {
    for (const layer of this.#layers) layer.step(x);
  }

  held(): number {
    return this.#layers.reduce(
      (sum, { state }) =>
        sum + Object.values(state).reduce((bytes, { byteLength }) => bytes + byteLength, 0),
      0,
    );
  }
}
