import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import type { Operations } from "../../rwkv/operations.ts";
import type { Norm } from "../../rwkv/parameters.ts";
import { int8Linear } from "./int8_linear.ts";
import { type HeadSizes, wkv4, wkv6, wkv7 } from "./wkv.ts";

const LAYER_NORM_EPS = 1e-5;
/** Keeps a head of zeros from dividing by zero, as `max(norm, 1e-12)` does in the official code. */
const L2_NORM_EPS = 1e-24;

/**
 * RWKV's operations as ONNX nodes. Activations are `[B, T, D]` with B and T left open, so that one graph serves
 * single steps, whole sequences and batches of either.
 */
export class OnnxOperations implements Operations<Value> {
  readonly #g: GraphBuilder;
  readonly #sizes: HeadSizes;
  readonly #int8: ReadonlyMap<Value, Value>;

  /** @param int8 the units of the rows of each matrix that is kept in int8, transposed */
  constructor(
    graph: GraphBuilder,
    sizes: HeadSizes,
    int8: ReadonlyMap<Value, Value> = new Map(),
  ) {
    this.#g = graph;
    this.#sizes = sizes;
    this.#int8 = int8;
  }

  add(a: Value, b: Value): Value {
    return this.#g.node("Add", [a, b]);
  }

  sub(a: Value, b: Value): Value {
    return this.#g.node("Sub", [a, b]);
  }

  mul(a: Value, b: Value): Value {
    return this.#g.node("Mul", [a, b]);
  }

  scale(x: Value, factor: number): Value {
    return this.#g.node("Mul", [x, this.#g.floats(factor)]);
  }

  lerp(x: Value, xx: Value, m: Value): Value {
    return this.add(x, this.mul(xx, m));
  }

  exp(x: Value): Value {
    return this.#g.node("Exp", [x]);
  }

  tanh(x: Value): Value {
    return this.#g.node("Tanh", [x]);
  }

  sigmoid(x: Value): Value {
    return this.#g.node("Sigmoid", [x]);
  }

  silu(x: Value): Value {
    return this.mul(x, this.sigmoid(x));
  }

  reluSquared(x: Value): Value {
    const positive = this.#g.node("Relu", [x]);
    return this.mul(positive, positive);
  }

  linear(x: Value, W: Value): Value {
    const units = this.#int8.get(W);
    if (units !== undefined) return int8Linear(this.#g, x, W, units);
    // MatMul with a transposed constant: it is repacked once at load, so nothing is transposed at run time.
    return this.#g.microsoft("FusedMatMul", [x, W], 1, { transB: { int: 1 } })[0]!;
  }

  matmul(x: Value, M: Value): Value {
    return this.#g.node("MatMul", [x, M]);
  }

  split(x: Value, parts: number): Value[] {
    return this.#g.nodes("Split", [x], parts, { axis: { int: -1 }, num_outputs: { int: parts } });
  }

  layerNorm(x: Value, norm: Norm<Value>): Value {
    return this.#g.node("LayerNormalization", [x, norm.weight, norm.bias], {
      axis: { int: -1 },
      epsilon: { float: LAYER_NORM_EPS },
    });
  }

  groupNorm(x: Value, norm: Norm<Value>, eps: number): Value {
    // A layer norm over each head, whose scale and bias differ from head to head.
    const { heads, channels } = this.#shapes();
    const perHead = (weight: Value) => this.#g.node("Reshape", [weight, this.#g.ints(heads)]);
    const y = this.#g.node(
      "LayerNormalization",
      [this.#reshape(x, [0, 0, ...heads]), perHead(norm.weight), perHead(norm.bias)],
      { axis: { int: -1 }, epsilon: { float: eps } },
    );
    return this.#reshape(y, [0, 0, channels]);
  }

  normalizeHeads(x: Value): Value {
    // x / sqrt(mean(x^2) + eps / N) / sqrt(N)
    const { heads, channels } = this.#shapes();
    const N = this.#sizes.head_size;
    const scale = this.#g.floats(Array<number>(N).fill(1 / Math.sqrt(N)));
    const y = this.#g.node(
      "SimplifiedLayerNormalization",
      [this.#reshape(x, [0, 0, ...heads]), scale],
      { axis: { int: -1 }, epsilon: { float: L2_NORM_EPS / N } },
    );
    return this.#reshape(y, [0, 0, channels]);
  }

  tokenShift(x: Value, prev: Value): Value {
    return this.#g.node("Concat", [prev, this.#tokens(x, 0, -1)], { axis: { int: 1 } });
  }

  last(x: Value): Value {
    return this.#tokens(x, -1, Number.MAX_SAFE_INTEGER);
  }

  wkv4(inputs: Parameters<Operations<Value>["wkv4"]>[0], state: Value): [Value, Value] {
    return wkv4(this.#g, inputs, state);
  }

  wkv6(inputs: Parameters<Operations<Value>["wkv6"]>[0], state: Value): [Value, Value] {
    return wkv6(this.#g, this.#sizes, inputs, state);
  }

  wkv7(inputs: Parameters<Operations<Value>["wkv7"]>[0], state: Value): [Value, Value] {
    return wkv7(this.#g, this.#sizes, inputs, state);
  }

  bonus(r: Value, k: Value, v: Value, r_k: Value): Value {
    const { heads, channels } = this.#shapes();
    const product = this.#reshape(this.mul(this.mul(r, k), r_k), [0, 0, ...heads]);
    const sum = this.#g.node("ReduceSum", [product, this.#g.ints([-1])], { keepdims: { int: 1 } });
    return this.#reshape(this.mul(sum, this.#reshape(v, [0, 0, ...heads])), [0, 0, channels]);
  }

  /** Tokens `start` to `end` of each sequence. */
  #tokens(x: Value, start: number, end: number): Value {
    const g = this.#g;
    return g.node("Slice", [x, g.ints([start]), g.ints([end]), g.ints([1])]);
  }

  #reshape(x: Value, shape: readonly number[]): Value {
    return this.#g.node("Reshape", [x, this.#g.ints(shape)]);
  }

  #shapes(): { heads: [number, number]; channels: number } {
    const { n_embd, head_size } = this.#sizes;
    return { heads: [n_embd / head_size, head_size], channels: n_embd };
  }
}
