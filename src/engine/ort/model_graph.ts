import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import { bindTo } from "../../rwkv/parameters.ts";
import { type BlockState, forward, type LogitsOf } from "../../rwkv/model.ts";
import type { ModelConfig } from "../../rwkv/model_config.ts";
import { stateLayout } from "../../state/layout.ts";
import { GraphWeights, type StoredTensor } from "./graph_weights.ts";
import { OnnxOperations } from "./onnx_operations.ts";
import type { OrtWeightFormat } from "./weight_format.ts";

/** A model as an ONNX graph: its bytes, and the layout of the weights beside it. */
export interface ModelGraph {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly weights: ReadonlyMap<string, StoredTensor>;
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
  format: OrtWeightFormat,
  logitsOf: LogitsOf,
): ModelGraph {
  const { n_layer: L, n_embd: D, vocab_size: V } = config;
  const g = new GraphBuilder(`rwkv-${config.version}`);
  const weights = new GraphWeights(g, config.head_size, tensors, format);

  const emb = g.input("emb", ["B", "T", D]);
  const wkvShape = stateLayout(config).wkv.shape;
  const shifts = split(g, g.input("shift", ["B", 2 * L, D]), 2 * L);
  const wkvs = split(g, g.input("wkv", ["B", ...wkvShape]), L);
  const states = wkvs.map((wkv, layer): BlockState<Value> => ({
    att_shift: shifts[2 * layer]!,
    ffn_shift: shifts[2 * layer + 1]!,
    wkv,
  }));

  const o = new OnnxOperations(g, config, weights.int8);
  const result = forward(o, config.version, bindTo(weights), emb, states, logitsOf);

  const join = (parts: Value[]) => g.node("Concat", parts, { axis: { int: 1 } });
  const nextShifts = result.states.flatMap(({ att_shift, ffn_shift }) => [att_shift, ffn_shift]);
  g.output("next_shift", join(nextShifts), ["B", 2 * L, D]);
  g.output("next_wkv", join(result.states.map(({ wkv }) => wkv)), ["B", ...wkvShape]);
  g.output("logits", result.logits, ["B", logitsOf === "last" ? 1 : "T", V]);
  return { bytes: g.build(), weights: weights.stored, weightBytes: weights.bytes };
}

/** Parts of one row each along the second axis. */
function split(g: GraphBuilder, x: Value, parts: number): Value[] {
  if (parts === 1) return [x];
  return g.nodes("Split", [x], parts, { axis: { int: 1 }, num_outputs: { int: parts } });
}
