import { type ExternalRange, GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import { bindTo } from "../../rwkv/bind.ts";
import { type BlockState, forward, type LogitsOf } from "../../rwkv/model.ts";
import type { ModelConfig } from "../../rwkv/model_config.ts";
import type { Parameter } from "../../rwkv/parameters.ts";
import { stateLayout } from "../../state/layout.ts";
import { OnnxOperations } from "./onnx_operations.ts";

/** The file name under which the graph finds its weights. */
export const WEIGHTS_LOCATION = "weights";

/** Where the float32 values of one tensor belong in the weights. */
export interface WeightRange {
  /** Byte offset. */
  readonly offset: number;
  /** Float32 values. */
  readonly length: number;
  /** How often each stored value is repeated: N for one number a head, otherwise 1. */
  readonly repeat: number;
}

/** A model as an ONNX graph: its bytes, and the layout of the weights beside it. */
export interface ModelGraph {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly weights: ReadonlyMap<string, WeightRange>;
  /** Bytes of all weights together. */
  readonly weightBytes: number;
}

/**
 * Lowers a model to one ONNX graph.
 *
 * | input or output | shape |
 * |---|---|
 * | emb | `[B, T, D]`, rows of the embedding table |
 * | shift, next_shift | `[B, 2 L, D]` |
 * | wkv, next_wkv | `[B, L, 3, D]` or `[B, L, H, N, N]` |
 * | logits | `[B, 1, V]` of the last token, or `[B, T, V]` |
 *
 * @param tensors the checkpoint's tensors, to know which optional ones there are
 */
export function buildModelGraph(
  config: ModelConfig,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  logitsOf: LogitsOf,
): ModelGraph {
  const { n_layer: L, n_embd: D, vocab_size: V } = config;
  const g = new GraphBuilder(`rwkv-${config.version}`);
  const weights = new Weights(g, config, tensors);

  const emb = g.input("emb", ["B", "T", D]);
  const wkvShape = stateLayout(config).wkv.shape;
  const shifts = split(g, g.input("shift", ["B", 2 * L, D]), 2 * L);
  const wkvs = split(g, g.input("wkv", ["B", ...wkvShape]), L);
  const states = wkvs.map((wkv, layer): BlockState<Value> => ({
    att_shift: shifts[2 * layer]!,
    ffn_shift: shifts[2 * layer + 1]!,
    wkv,
  }));

  const o = new OnnxOperations(g, config);
  const result = forward(o, config.version, bindTo(weights), emb, states, logitsOf);

  const join = (parts: Value[]) => g.node("Concat", parts, { axis: { int: 1 } });
  const nextShifts = result.states.flatMap(({ att_shift, ffn_shift }) => [att_shift, ffn_shift]);
  g.output("next_shift", join(nextShifts), ["B", 2 * L, D]);
  g.output("next_wkv", join(result.states.map(({ wkv }) => wkv)), ["B", ...wkvShape]);
  g.output("logits", result.logits, ["B", logitsOf === "last" ? 1 : "T", V]);
  return { bytes: g.build(), weights: weights.ranges, weightBytes: weights.bytes };
}

/** Parts of one row each along the second axis. */
function split(g: GraphBuilder, x: Value, parts: number): Value[] {
  if (parts === 1) return [x];
  return g.nodes("Split", [x], parts, { axis: { int: 1 }, num_outputs: { int: parts } });
}

/** Gives each tensor that the definitions ask for its place among the weights. */
class Weights {
  readonly ranges = new Map<string, WeightRange>();
  bytes = 0;
  readonly #g: GraphBuilder;
  readonly #config: ModelConfig;
  readonly #tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;

  constructor(
    g: GraphBuilder,
    config: ModelConfig,
    tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  ) {
    this.#g = g;
    this.#config = config;
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  vector(name: string, kind: Parameter["kind"]): Value {
    const repeat = kind === "heads" ? this.#config.head_size : 1;
    const length = product(this.#shape(name)) * repeat;
    const range = this.#allocate(name, length, repeat);
    return this.#g.external(name, [length], range);
  }

  matrix(name: string): Value {
    const shape = this.#shape(name);
    return this.#g.external(name, shape, this.#allocate(name, product(shape), 1));
  }

  matrices(name: string): Value[] {
    const [count = 0, rows = 0, columns = 0] = this.#shape(name);
    const { location, offset, length } = this.#allocate(name, count * rows * columns, 1);
    const size = length / count;
    return Array.from({ length: count }, (_, i) => {
      const range = { location, offset: offset + i * size, length: size };
      return this.#g.external(`${name}.${i}`, [rows, columns], range);
    });
  }

  #shape(name: string): readonly number[] {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new RangeError(`There is no tensor ${name}`);
    return tensor.shape;
  }

  #allocate(name: string, length: number, repeat: number): ExternalRange {
    const offset = this.bytes;
    this.ranges.set(name, { offset, length, repeat });
    this.bytes += length * Float32Array.BYTES_PER_ELEMENT;
    return { location: WEIGHTS_LOCATION, offset, length: this.bytes - offset };
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
