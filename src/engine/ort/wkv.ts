import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import type { Operations } from "../../rwkv/operations.ts";

/** Sizes that the operations need beside their operands. */
export interface HeadSizes {
  /** D. */
  readonly n_embd: number;
  /** N; 0 in RWKV-4, which has no heads. */
  readonly head_size: number;
}

type Inputs<Name extends "wkv4" | "wkv6" | "wkv7"> = Parameters<Operations<Value>[Name]>[0];

/** Tokens that {@linkcode wkv4} can take in one run. */
export const MAX_WKV4_TOKENS = 64;

/**
 * RWKV-4's WKV without a loop over tokens.
 *
 * A span of tokens is summed up by (p, a, b): weights e^p a of v, and e^p b, as the recurrence keeps them. Two
 * neighbouring spans join by an associative rule, so all prefixes come out of log2(T) joins of ever longer spans
 * (Hillis and Steele, 1986). Each join rescales by the larger exponent: no exponent is ever positive.
 *
 * @param state `[B, 1, 3, D]`: aa, bb, pp
 */
export function wkv4(
  g: GraphBuilder,
  { k, v, log_w, u }: Inputs<"wkv4">,
  state: Value,
): [y: Value, state: Value] {
  const parts = g.nodes("Split", [state], 3, { axis: { int: 2 }, num_outputs: { int: 3 } });
  const [aa, bb, pp] = parts.map((part) => g.node("Squeeze", [part, g.ints([2])])) as Triple;

  // Row 0 is the past, rows 1 to T are single tokens: e^k v and e^k.
  const concat = (rows: Value[]) => g.node("Concat", rows, { axis: { int: 1 } });
  const one = g.node("Exp", [g.node("Sub", [k, k])]);
  let spans: Triple = [concat([aa, v]), concat([bb, one]), concat([pp, k])];
  for (let stride = 1; stride <= MAX_WKV4_TOKENS; stride *= 2) {
    const decay = g.node("Mul", [log_w, g.floats(stride)]);
    const earlier = spans.map((rows) => slice(g, rows, 0, -stride)) as Triple;
    const later = spans.map((rows) => slice(g, rows, stride, END)) as Triple;
    const [a, b, p] = join(g, earlier, later, decay);
    const [a0, b0, p0] = spans.map((rows) => slice(g, rows, 0, stride)) as Triple;
    spans = [concat([a0, a]), concat([b0, b]), concat([p0, p])];
  }

  // The output weighs the token itself by u instead of the decay.
  const before = spans.map((rows) => slice(g, rows, 0, -1)) as Triple;
  const [num, den] = join(g, before, [v, one, g.node("Add", [k, u])], g.floats(0));
  const after = spans.map((rows) => g.node("Unsqueeze", [slice(g, rows, -1, END), g.ints([2])]));
  return [g.node("Div", [num, den]), g.node("Concat", after, { axis: { int: 2 } })];
}

type Triple = [a: Value, b: Value, p: Value];

const END = Number.MAX_SAFE_INTEGER;

/** Rows `start` to `end` of `[B, rows, D]`; both are clamped to what is there. */
function slice(g: GraphBuilder, x: Value, start: number, end: number): Value {
  return g.node("Slice", [x, g.ints([start]), g.ints([end]), g.ints([1])]);
}

/** The sum of two neighbouring spans, the earlier one decayed by the length of the later. */
function join(g: GraphBuilder, earlier: Triple, later: Triple, decay: Value): Triple {
  const decayed = g.node("Add", [earlier[2], decay]);
  const p = g.node("Max", [decayed, later[2]]);
  const e1 = g.node("Exp", [g.node("Sub", [decayed, p])]);
  const e2 = g.node("Exp", [g.node("Sub", [later[2], p])]);
  const sum = (a: Value, b: Value) =>
    g.node("Add", [g.node("Mul", [e1, a]), g.node("Mul", [e2, b])]);
  return [sum(earlier[0], later[0]), sum(earlier[1], later[1]), p];
}

/**
 * RWKV-5 and 6 on `LinearAttention`, which updates the state and then reads it: y_t = q_t S_t. RWKV reads the state
 * of the token before, so r moves one token ahead, and the first token reads the incoming state directly.
 *
 * @param state `[B, 1, H, N, N]`
 */
export function wkv6(
  g: GraphBuilder,
  sizes: HeadSizes,
  { r, k, v, log_w, u }: Inputs<"wkv6">,
  state: Value,
): [y: Value, state: Value] {
  const [H, N] = [sizes.n_embd / sizes.head_size, sizes.head_size];
  const S = g.node("Squeeze", [state, g.ints([1])]);
  const toHeads = (x: Value) => g.node("Reshape", [x, g.ints([0, 0, H, N])]);
  const toChannels = (x: Value) => g.node("Reshape", [x, g.ints([0, 0, H * N])]);

  const r_first = slice(g, r, 0, 1);
  const ahead = g.node("Concat", [slice(g, r, 1, END), r_first], { axis: { int: 1 } });
  const decay = g.node("Add", [g.node("Sub", [k, k]), log_w]); // [D] or [B, T, D] to [B, T, D]
  const [reads, next] = linearAttention(g, H, "gated", [ahead, k, v, S, decay]);

  // [B, H, 1, N] x [B, H, N, N]
  const query = g.node("Reshape", [r_first, g.ints([0, H, 1, N])]);
  const first = g.node("Reshape", [g.node("MatMul", [query, S]), g.ints([0, 1, H * N])]);
  const past = g.node("Concat", [first, slice(g, reads, 0, -1)], { axis: { int: 1 } });

  const ruk = toHeads(g.node("Mul", [g.node("Mul", [r, k]), u]));
  const weight = g.node("ReduceSum", [ruk, g.ints([-1])], { keepdims: { int: 1 } });
  const present = toChannels(g.node("Mul", [weight, toHeads(v)]));
  return [g.node("Add", [past, present]), g.node("Unsqueeze", [next, g.ints([1])])];
}

/** Small enough that its square vanishes in float32; a power of two, so that scaling by it is exact. */
const WKV7_EPS = 2 ** -20;
/** Where the in-context learning rate is 0, its logarithm has no value. */
const MIN_A = 1e-30;

/**
 * RWKV-7 on `LinearAttention`'s gated delta rule, S = e^g S + k^T (v - k e^g S) and y = q S, two rows a token.
 *
 * With ld = (ln a - ln w) / 2, the first row decays by e^-ld, removes along kk e^ld and adds nothing. The second
 * decays by w e^ld and adds (eps k)^T (v / eps): its own removal, of order eps^2, vanishes in float32. Together they
 * make diag(w) S - (kk a)^T (kk S) + k^T v.
 *
 * @param state `[B, 1, H, N, N]`
 */
export function wkv7(
  g: GraphBuilder,
  sizes: HeadSizes,
  { r, log_w, k, v, kk, a }: Inputs<"wkv7">,
  state: Value,
): [y: Value, state: Value] {
  const [D, H] = [sizes.n_embd, sizes.n_embd / sizes.head_size];
  const S = g.node("Squeeze", [state, g.ints([1])]);
  // [B, T, D] and [B, T, D] to [B, 2 T, D], row about.
  const interleave = (first: Value, second: Value) =>
    g.node("Reshape", [
      g.node("Concat", [first, second], { axis: { int: -1 } }),
      g.ints([0, -1, D]),
    ]);

  const log_a = g.node("Log", [g.node("Max", [a, g.floats(MIN_A)])]);
  const ld = g.node("Mul", [g.node("Sub", [log_a, log_w]), g.floats(0.5)]);
  const remove = g.node("Mul", [kk, g.node("Exp", [ld])]);
  const none = g.node("Sub", [r, r]);
  const query = interleave(none, r);
  const key = interleave(remove, g.node("Mul", [k, g.floats(WKV7_EPS)]));
  const value = interleave(none, g.node("Mul", [v, g.floats(1 / WKV7_EPS)]));
  const decay = interleave(g.node("Neg", [ld]), g.node("Add", [log_w, ld]));
  const ones = g.node("Exp", [slice3(g, g.node("Sub", [query, query]), 1)]);
  const [reads, next] = linearAttention(g, H, "gated_delta", [query, key, value, S, decay, ones]);

  const rows = g.node("Reshape", [reads, g.ints([0, -1, 2 * D])]);
  const [, y] = g.nodes("Split", [rows], 2, { axis: { int: -1 }, num_outputs: { int: 2 } });
  return [y!, g.node("Unsqueeze", [next, g.ints([1])])];
}

/** The first `n` channels of each row. */
function slice3(g: GraphBuilder, x: Value, n: number): Value {
  return g.node("Slice", [x, g.ints([0]), g.ints([n]), g.ints([2])]);
}

function linearAttention(
  g: GraphBuilder,
  heads: number,
  rule: "gated" | "gated_delta",
  inputs: Value[],
): [reads: Value, state: Value] {
  return g.microsoft("LinearAttention", inputs, 2, {
    q_num_heads: { int: heads },
    kv_num_heads: { int: heads },
    update_rule: { string: rule },
    scale: { float: 1 },
  }) as [Value, Value];
}
