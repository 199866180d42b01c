import { type Checkpoint, readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { type BlockState, forward } from "../../src/rwkv/model.ts";
import { inferModelConfig, type ModelConfig } from "../../src/rwkv/model_config.ts";
import type { Operations } from "../../src/rwkv/operations.ts";
import { bindTo, type Norm } from "../../src/rwkv/parameters.ts";

/** A float64 array with its shape: `[T, D]` for activations, `[D]` for per-channel operands. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * The reference implementation of RWKV's operations: eager, in float64, token by token, written for readability. It
 * runs the same definitions as the engines but shares no arithmetic with them. The batch dimension B is absent.
 */
export class Interpreter implements Operations<Tensor> {
  constructor(readonly headSize: number) {}

  add = (a: Tensor, b: Tensor) => zip(a, b, (x, y) => x + y);
  sub = (a: Tensor, b: Tensor) => zip(a, b, (x, y) => x - y);
  mul = (a: Tensor, b: Tensor) => zip(a, b, (x, y) => x * y);
  scale = (x: Tensor, factor: number) => map(x, (value) => value * factor);
  lerp = (x: Tensor, xx: Tensor, m: Tensor) => this.add(x, this.mul(xx, m));
  exp = (x: Tensor) => map(x, Math.exp);
  tanh = (x: Tensor) => map(x, Math.tanh);
  sigmoid = (x: Tensor) => map(x, sigmoid);
  silu = (x: Tensor) => map(x, (value) => value * sigmoid(value));
  reluSquared = (x: Tensor) => map(x, (value) => Math.max(value, 0) ** 2);

  linear(x: Tensor, W: Tensor): Tensor {
    const [rows, columns] = [W.shape[0]!, W.shape[1]!];
    return perToken(x, rows, (token, out) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) out[i]! += W.data[i * columns + j]! * token[j]!;
      }
    });
  }

  matmul(x: Tensor, M: Tensor): Tensor {
    const [rows, columns] = [M.shape[0]!, M.shape[1]!];
    return perToken(x, columns, (token, out) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) out[j]! += token[i]! * M.data[i * columns + j]!;
      }
    });
  }

  split(x: Tensor, parts: number): Tensor[] {
    const size = x.shape[1]! / parts;
    return Array.from(
      { length: parts },
      (_, i) =>
        perToken(x, size, (token, out) => out.set(token.subarray(i * size, (i + 1) * size))),
    );
  }

  layerNorm(x: Tensor, { weight, bias }: Norm<Tensor>): Tensor {
    const normal = perToken(x, x.shape[1]!, (token, out) => out.set(standardise(token, 1e-5)));
    return this.add(this.mul(normal, weight), bias);
  }

  groupNorm(x: Tensor, { weight, bias }: Norm<Tensor>, eps: number): Tensor {
    const normal = this.#perHead(x, (head) => standardise(head, eps));
    return this.add(this.mul(normal, weight), bias);
  }

  normalizeHeads(x: Tensor): Tensor {
    return this.#perHead(x, (head) => {
      const norm = Math.sqrt(head.reduce((sum, value) => sum + value * value, 0));
      return head.map((value) => value / Math.max(norm, 1e-12));
    });
  }

  tokenShift(x: Tensor, prev: Tensor): Tensor {
    const data = x.data.slice();
    data.copyWithin(prev.data.length, 0);
    data.set(prev.data);
    return { shape: x.shape, data };
  }

  last(x: Tensor): Tensor {
    const width = x.shape[1]!;
    return { shape: [1, width], data: x.data.slice(-width) };
  }

  wkv4({ k, v, log_w, u }: Inputs<"wkv4">, state: Tensor): [Tensor, Tensor] {
    const D = k.shape[1]!;
    const [aa, bb, pp] = [0, 1, 2].map((i) => state.data.slice(i * D, (i + 1) * D)) as Rows;
    const y = zeros(k.shape);
    for (let at = 0; at < k.data.length; at++) {
      const i = at % D;
      const [kt, vt] = [k.data[at]!, v.data[at]!];
      let q = Math.max(pp[i]!, u.data[i]! + kt);
      let [e1, e2] = [Math.exp(pp[i]! - q), Math.exp(u.data[i]! + kt - q)];
      y.data[at] = (e1 * aa[i]! + e2 * vt) / (e1 * bb[i]! + e2);
      q = Math.max(pp[i]! + log_w.data[i]!, kt);
      [e1, e2] = [Math.exp(pp[i]! + log_w.data[i]! - q), Math.exp(kt - q)];
      [aa[i], bb[i], pp[i]] = [e1 * aa[i]! + e2 * vt, e1 * bb[i]! + e2, q];
    }
    return [y, { shape: state.shape, data: Float64Array.from([...aa, ...bb, ...pp]) }];
  }

  wkv6({ r, k, v, log_w, u }: Inputs<"wkv6">, state: Tensor): [Tensor, Tensor] {
    const S = state.data.slice();
    const y = zeros(k.shape);
    this.#eachKey(k.shape, (at, channel, row, values) => {
      const w = Math.exp(log_w.data[log_w.shape.length === 1 ? channel : at]!);
      for (let j = 0; j < this.headSize; j++) {
        const kv = k.data[at]! * v.data[values + j]!;
        y.data[values + j]! += r.data[at]! * (S[row + j]! + u.data[channel]! * kv);
        S[row + j] = w * S[row + j]! + kv;
      }
    });
    return [y, { shape: state.shape, data: S }];
  }

  wkv7({ r, log_w, k, v, kk, a }: Inputs<"wkv7">, state: Tensor): [Tensor, Tensor] {
    const N = this.headSize;
    const S = state.data.slice();
    const y = zeros(k.shape);
    const D = k.shape[1]!;
    for (let head = 0; head < k.data.length; head += N) {
      const at = ((head % D) / N) * N * N;
      const removed = new Float64Array(N);
      for (let i = 0; i < N; i++) {
        for (let j = 0; j < N; j++) removed[j]! += kk.data[head + i]! * S[at + i * N + j]!;
      }
      for (let i = 0; i < N; i++) {
        const w = Math.exp(log_w.data[head + i]!);
        const edit = kk.data[head + i]! * a.data[head + i]!;
        for (let j = 0; j < N; j++) {
          const s = w * S[at + i * N + j]! - edit * removed[j]! +
            k.data[head + i]! * v.data[head + j]!;
          S[at + i * N + j] = s;
          y.data[head + j]! += r.data[head + i]! * s;
        }
      }
    }
    return [y, { shape: state.shape, data: S }];
  }

  bonus(r: Tensor, k: Tensor, v: Tensor, r_k: Tensor): Tensor {
    const product = this.mul(this.mul(r, k), r_k);
    const sums = this.#perHead(product, (head) => head.fill(head.reduce((sum, x) => sum + x, 0)));
    return this.mul(sums, v);
  }

  #perHead(x: Tensor, compute: (head: Float64Array) => Float64Array): Tensor {
    const y = zeros(x.shape);
    for (let at = 0; at < x.data.length; at += this.headSize) {
      y.data.set(compute(x.data.slice(at, at + this.headSize)), at);
    }
    return y;
  }

  /** Visits the key channels of each token: index, channel, offset of the state's row, offset of the head's values. */
  #eachKey(
    shape: readonly number[],
    visit: (at: number, channel: number, row: number, values: number) => void,
  ): void {
    const [T, D] = [shape[0]!, shape[1]!];
    for (let at = 0; at < T * D; at++) {
      visit(at, at % D, (at % D) * this.headSize, at - (at % this.headSize));
    }
  }
}

type Inputs<Name extends "wkv4" | "wkv6" | "wkv7"> = Parameters<Operations<Tensor>[Name]>[0];
type Rows = [Float64Array, Float64Array, Float64Array];

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function standardise(x: Float64Array, eps: number): Float64Array {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value) => (value - mean) / Math.sqrt(variance + eps));
}

function zeros(shape: readonly number[]): Tensor {
  return { shape, data: new Float64Array(shape.reduce((product, size) => product * size, 1)) };
}

function map(x: Tensor, f: (value: number) => number): Tensor {
  return { shape: x.shape, data: x.data.map(f) };
}

/** Elementwise. Per-channel operands are broadcast over the tokens. */
function zip(a: Tensor, b: Tensor, f: (x: number, y: number) => number): Tensor {
  const [large, small] = a.data.length >= b.data.length ? [a, b] : [b, a];
  const [n, m] = [a.data.length, b.data.length];
  const data = large.data.map((_, i) => f(a.data[i % n]!, b.data[i % m]!));
  return { shape: large.shape.length >= small.shape.length ? large.shape : small.shape, data };
}

function perToken(
  x: Tensor,
  width: number,
  compute: (token: Float64Array, out: Float64Array) => void,
): Tensor {
  const [T, D] = [x.shape[0]!, x.shape[1]!];
  const y = zeros([T, width]);
  for (let t = 0; t < T; t++) {
    compute(x.data.subarray(t * D, (t + 1) * D), y.data.subarray(t * width, (t + 1) * width));
  }
  return y;
}

/** A float64 model with its state. */
export class Oracle {
  readonly config: ModelConfig;
  readonly #weights: ReadonlyMap<string, Tensor>;
  #states: BlockState<Tensor>[];

  private constructor(config: ModelConfig, weights: ReadonlyMap<string, Tensor>) {
    this.config = config;
    this.#weights = weights;
    this.#states = emptyStates(config);
  }

  static async load(checkpoint: Checkpoint): Promise<Oracle> {
    const weights = new Map<string, Tensor>();
    for (const { name, shape } of checkpoint.tensors.values()) {
      weights.set(name, { shape, data: Float64Array.from(await readFloat32(checkpoint, name)) });
    }
    return new Oracle(inferModelConfig(checkpoint.tensors), weights);
  }

  /** Resets the state. */
  reset(): void {
    this.#states = emptyStates(this.config);
  }

  /** Reads tokens. Returns the logits after the last one, `[V]`. */
  read(tokens: readonly number[]): Float64Array {
    const { n_embd: D, head_size: N, version } = this.config;
    const table = this.#weights.get("emb.weight")!.data;
    const rows = tokens.flatMap((token) => [...table.subarray(token * D, (token + 1) * D)]);
    const emb = { shape: [tokens.length, D], data: Float64Array.from(rows) };
    const flat = ({ data }: Tensor) => ({ shape: [data.length], data });
    const bind = bindTo<Tensor>({
      has: (name) => this.#weights.has(name),
      vector: (name, kind) => {
        const weight = flat(this.#weights.get(name)!);
        if (kind === "vector") return weight;
        const data = Float64Array.from({ length: D }, (_, i) => weight.data[Math.floor(i / N)]!);
        return { shape: [D], data };
      },
      matrix: (name) => this.#weights.get(name)!,
      matrices: (name) => {
        const { shape, data } = this.#weights.get(name)!;
        const [count, a, b] = shape as [number, number, number];
        return Array.from({ length: count }, (_, i) => ({
          shape: [a, b],
          data: data.subarray(i * a * b, (i + 1) * a * b),
        }));
      },
    });
    const result = forward(new Interpreter(N), version, bind, emb, this.#states, "last");
    this.#states = result.states;
    return result.logits.data;
  }

  /** The L2 norm of each layer's state. Values are clipped to -1e4, for RWKV-4's initial exponents of -1e30. */
  stateNorms(): number[] {
    return this.#states.map(({ att_shift, ffn_shift, wkv }) =>
      Math.sqrt(
        [att_shift, ffn_shift, wkv].flatMap(({ data }) => [...data])
          .reduce((sum, value) => sum + Math.max(value, -1e4) ** 2, 0),
      )
    );
  }
}

function emptyStates({ version, n_layer, n_embd: D, head_size: N }: ModelConfig) {
  return Array.from({ length: n_layer }, (): BlockState<Tensor> => {
    const wkv = zeros(version === "4" ? [3, D] : [D, N]);
    if (version === "4") wkv.data.fill(-1e30, 2 * D);
    return { att_shift: zeros([1, D]), ffn_shift: zeros([1, D]), wkv };
  });
}
