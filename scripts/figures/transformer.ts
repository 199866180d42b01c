import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { OrtRuntime } from "../../src/engine/ort/runtime.ts";
import { WEIGHTS_LOCATION } from "../../src/engine/ort/runtime.ts";
import { GraphBuilder, type Value } from "../../src/onnx/graph_builder.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

/** The sizes of a Transformer. Its heads have 64 channels, and its feed-forward layers four times its width. */
export interface TransformerShape {
  readonly n_layer: number;
  /** D. */
  readonly n_embd: number;
  /** V. */
  readonly vocab_size: number;
}

/** Keys and values of the tokens so far, as onnxruntime gave them: for each layer `[1, H, P, N]` and the same again. */
export type KvCache = Readonly<Record<string, Tensor>>;

const HEAD_SIZE = 64;
const MLP_RATIO = 4;

/**
 * A Transformer decoder in the shape of GPT-2 with random weights, to measure what RWKV is measured against: pre-norm
 * blocks of causal attention with a cache of keys and values, and feed-forward layers with GELU. As in the engine for
 * RWKV, embeddings are looked up outside of the graph, and logits are those of the last token. Positions are those of
 * "Attention Is All You Need" (arXiv 1706.03762, section 3.5).
 */
export class Transformer implements AsyncDisposable {
  readonly shape: TransformerShape;
  readonly #runtime: OrtRuntime;
  readonly #session: InferenceSession;
  readonly #embedding: Float32Array;

  private constructor(
    shape: TransformerShape,
    runtime: OrtRuntime,
    session: InferenceSession,
    embedding: Float32Array,
  ) {
    this.shape = shape;
    this.#runtime = runtime;
    this.#session = session;
    this.#embedding = embedding;
  }

  /** Makes the weights, always the same for a shape, and loads them. */
  static async load(
    shape: TransformerShape,
    runtime: OrtRuntime,
    threads: number,
  ): Promise<Transformer> {
    const { model, ranges, bytes } = buildGraph(shape);
    const weights = new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
    for (const { begin, length, scale, offset } of ranges) {
      fill(weights.subarray(begin, begin + length), scale, offset, begin + 1);
    }
    const session = await runtime.createSession({
      model,
      weights: new Uint8Array(weights.buffer),
      threads,
    });
    const embedding = new Float32Array(shape.vocab_size * shape.n_embd);
    fill(embedding, 1, 0, 7);
    return new Transformer(shape, runtime, session, embedding);
  }

  /** The cache before the first token. */
  empty(): KvCache {
    const { n_layer, n_embd } = this.shape;
    const dims = [1, n_embd / HEAD_SIZE, 0, HEAD_SIZE];
    const names = Array.from({ length: n_layer }, (_, l) => [`key_${l}`, `value_${l}`]).flat();
    return Object.fromEntries(
      names.map((name) => [name, new this.#runtime.Tensor("float32", new Float32Array(), dims)]),
    );
  }

  /** Reads tokens after those of the cache: the logits of the last, `[V]`, and the cache with them. */
  async forward(
    tokens: readonly number[],
    cache: KvCache,
  ): Promise<{ logits: Float32Array; cache: KvCache }> {
    const D = this.shape.n_embd;
    const past = cache.key_0!.dims[2]!;
    const emb = new Float32Array(tokens.length * D);
    for (const [i, token] of tokens.entries()) {
      const row = this.#embedding.subarray(token * D, (token + 1) * D);
      for (let c = 0; c < D; c++) emb[i * D + c] = row[c]! + position(past + i, c, D);
    }
    const { logits, ...next } = await this.#session.run({
      emb: new this.#runtime.Tensor("float32", emb, [1, tokens.length, D]),
      ...cache,
    });
    const renamed = Object.entries(next).map((
      [name, tensor],
    ) => [name.slice("next_".length), tensor]);
    return { logits: logits!.data as Float32Array, cache: Object.fromEntries(renamed) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

/** Bytes of keys and values. */
export function cacheBytes(cache: KvCache): number {
  return Object.values(cache).reduce(
    (bytes, { size }) => bytes + size * Float32Array.BYTES_PER_ELEMENT,
    0,
  );
}

/** Weights that lie one after the other, in numbers. */
interface Range {
  readonly begin: number;
  readonly length: number;
  /** The largest deviation from the offset. */
  readonly scale: number;
  readonly offset: number;
}

function buildGraph({ n_layer: L, n_embd: D, vocab_size: V }: TransformerShape) {
  const [H, N] = [D / HEAD_SIZE, HEAD_SIZE];
  const g = new GraphBuilder("transformer");
  const ranges: Range[] = [];
  let numbers = 0;
  const weight = (name: string, dims: number[], scale: number, offset = 0): Value => {
    const length = dims.reduce((product, size) => product * size, 1);
    ranges.push({ begin: numbers, length, scale, offset });
    const bytes = Float32Array.BYTES_PER_ELEMENT;
    const range = { location: WEIGHTS_LOCATION, offset: numbers * bytes, length: length * bytes };
    numbers += length;
    return g.external(name, dims, range);
  };
  const linear = (x: Value, name: string, outputs: number, inputs: number): Value => {
    const W = weight(name, [outputs, inputs], Math.sqrt(3 / inputs)); // a variance of 1 / inputs
    return g.microsoft("FusedMatMul", [x, W], 1, { transB: { int: 1 } })[0]!;
  };
  const biased = (x: Value, name: string, outputs: number, inputs: number): Value =>
    g.node("Add", [linear(x, name, outputs, inputs), weight(`${name}.bias`, [outputs], 0.1)]);
  const norm = (x: Value, name: string): Value =>
    g.node(
      "LayerNormalization",
      [x, weight(`${name}.weight`, [D], 0.1, 1), weight(`${name}.bias`, [D], 0.1)],
      { axis: { int: -1 }, epsilon: { float: 1e-5 } },
    );

  let x = g.input("emb", [1, "T", D]);
  const caches: [name: string, value: Value][] = [];
  for (let l = 0; l < L; l++) {
    const past = [`key_${l}`, `value_${l}`].map((name) => g.input(name, [1, H, "P", N]));
    const y = norm(x, `ln1_${l}`);
    const [q, k, v] = ["q", "k", "v"].map((name) => biased(y, `${name}_${l}`, D, D));
    const [att, key, value] = g.microsoft(
      "MultiHeadAttention",
      // no bias, no padding mask, no attention bias
      [q!, k!, v!, g.none, g.none, g.none, past[0]!, past[1]!],
      3,
      { num_heads: { int: H }, unidirectional: { int: 1 } },
    );
    caches.push([`next_key_${l}`, key!], [`next_value_${l}`, value!]);
    x = g.node("Add", [x, biased(att!, `output_${l}`, D, D)]);
    const hidden = biased(norm(x, `ln2_${l}`), `up_${l}`, MLP_RATIO * D, D);
    const active = g.microsoft("Gelu", [hidden], 1)[0]!;
    x = g.node("Add", [x, biased(active, `down_${l}`, D, MLP_RATIO * D)]);
  }
  const end = Number.MAX_SAFE_INTEGER;
  const last = g.node("Slice", [x, g.ints([-1]), g.ints([end]), g.ints([1])]);
  g.output("logits", linear(norm(last, "ln"), "head", V, D), [1, 1, V]);
  for (const [name, value] of caches) g.output(name, value, [1, H, "P + T", N]);
  return { model: g.build(), ranges, bytes: numbers * Float32Array.BYTES_PER_ELEMENT };
}

function fill(values: Float32Array, scale: number, offset: number, seed: number): void {
  const random = new SeededRandom(seed);
  for (let i = 0; i < values.length; i++) values[i] = offset + scale * (2 * random.next() - 1);
}

function position(token: number, channel: number, D: number): number {
  const angle = token / 10_000 ** (2 * Math.floor(channel / 2) / D);
  return channel % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
}
