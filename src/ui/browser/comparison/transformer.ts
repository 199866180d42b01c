import type { Blocks, Sizes } from "./architecture.ts";
import { addTo, multiply, normalize, randomMatrix } from "./arithmetic.ts";

/** A layer, and the keys and values of all tokens so far. */
class Layer {
  readonly #sizes: Sizes;
  readonly weights: Readonly<Record<"q" | "k" | "v" | "o" | "up" | "down", Float32Array>>;
  /** `[H][capacity, N]`. */
  #keys: Float32Array[];
  /** `[H][N, capacity]`: a row for each channel, so that the sum over tokens is a product as well. */
  #values: Float32Array[];
  #capacity = 256;
  #tokens = 0;

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
    const { width: D, head: N } = sizes;
    const square = () => randomMatrix(D, D);
    this.weights = {
      ...{ q: square(), k: square(), v: square(), o: square() },
      ...{ up: randomMatrix(4 * D, D), down: randomMatrix(D, 4 * D) },
    };
    const heads = () => Array.from({ length: D / N }, () => new Float32Array(this.#capacity * N));
    this.#keys = heads();
    this.#values = heads();
  }

  /** The number of bytes of keys and values, without spare capacity. */
  get held(): number {
    return 2 * this.#tokens * this.#sizes.width * Float32Array.BYTES_PER_ELEMENT;
  }

  step(x: Float32Array): void {
    const { width: D } = this.#sizes;
    const y = new Float32Array(D);
    normalize(x, y);
    const [q, k, v] = (["q", "k", "v"] as const).map((name) => {
      const result = new Float32Array(D);
      multiply(this.weights[name], y, result);
      return result;
    }) as [Float32Array, Float32Array, Float32Array];
    this.#attend(q, k, v, y);
    const out = new Float32Array(D);
    multiply(this.weights.o, y, out);
    addTo(x, out);

    normalize(x, y);
    const hidden = new Float32Array(4 * D);
    multiply(this.weights.up, y, hidden);
    // GELU, in the form with a tanh.
    for (let i = 0; i < hidden.length; i++) {
      const value = hidden[i]!;
      hidden[i] = 0.5 * value * (1 + Math.tanh(0.79788456 * (value + 0.044715 * value ** 3)));
    }
    multiply(this.weights.down, hidden, out);
    addTo(x, out);
  }

  /** Causal attention of the new token over itself and all before it. */
  #attend(q: Float32Array, k: Float32Array, v: Float32Array, y: Float32Array): void {
    const { head: N } = this.#sizes;
    if (this.#tokens === this.#capacity) this.#grow();
    const at = this.#tokens++;
    // Products take four at a time; scores beyond the last token are 0.
    const length = Math.ceil(this.#tokens / 4) * 4;
    const scores = new Float32Array(length);
    for (const [head, keys] of this.#keys.entries()) {
      const values = this.#values[head]!;
      const from = head * N;
      keys.set(k.subarray(from, from + N), at * N);
      for (let c = 0; c < N; c++) values[c * this.#capacity + at] = v[from + c]!;
      multiply(keys, q.subarray(from, from + N), scores, this.#tokens, N);
      softmax(scores, this.#tokens, 1 / Math.sqrt(N));
      for (let c = 0; c < N; c++) {
        const row = values.subarray(c * this.#capacity, c * this.#capacity + length);
        multiply(row, scores, y.subarray(from + c, from + c + 1), 1, length);
      }
    }
  }

  #grow(): void {
    const { head: N } = this.#sizes;
    const old = this.#capacity;
    this.#capacity *= 2;
    this.#keys = this.#keys.map((keys) => {
      const larger = new Float32Array(this.#capacity * N);
      larger.set(keys);
      return larger;
    });
    this.#values = this.#values.map((values) => {
      const larger = new Float32Array(this.#capacity * N);
      for (let c = 0; c < N; c++) {
        larger.set(values.subarray(c * old, (c + 1) * old), c * this.#capacity);
      }
      return larger;
    });
  }
}

function softmax(scores: Float32Array, count: number, scale: number): void {
  let max = -Infinity;
  for (let i = 0; i < count; i++) if (scores[i]! > max) max = scores[i]!;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += scores[i] = Math.exp(scale * (scores[i]! - max));
  for (let i = 0; i < count; i++) scores[i]! /= sum;
  scores.fill(0, count);
}

/** The blocks of a Transformer in the shape of GPT-2, with a cache of keys and values, and random weights. */
export class Transformer implements Blocks {
  readonly parameters: number;
  readonly #layers: readonly Layer[];

  constructor(sizes: Sizes) {
    this.#layers = Array.from({ length: sizes.layers }, () => new Layer(sizes));
    this.parameters = sizes.layers * 12 * sizes.width ** 2;
  }

  step(x: Float32Array): void {
    for (const layer of this.#layers) layer.step(x);
  }

  held(): number {
    return this.#layers.reduce((sum, { held }) => sum + held, 0);
  }
}
