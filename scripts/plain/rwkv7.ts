import { add, dot, heads, lerp, mul, norm, sigmoid, sub } from "./arrays.ts";
import { sumOfRows, times, type Vector, zeros } from "./arrays.ts";
import type { Tensors } from "./tensors.ts";

/** What one layer of RWKV-7 remembers. */
export interface LayerState {
  /** What time mix and channel mix saw at the last token. */
  readonly att_prev: Vector;
  readonly ffn_prev: Vector;
  /** For each head a matrix of N rows (keys) and N columns (values): what to say to which key. */
  readonly S: readonly HeadState[];
}

/** `[N keys][N values]`: the transpose of the paper's. */
export type HeadState = readonly Vector[];

/** The state before the first token. */
export function emptyState(p: Tensors): LayerState[] {
  const [H, N] = p.shape("blocks.0.att.r_k") as [number, number];
  const S = Array.from({ length: H }, () => Array.from({ length: N }, () => zeros(N)));
  return Array.from({ length: p.layers }, () => ({
    ...{ att_prev: zeros(H * N), ffn_prev: zeros(H * N), S },
  }));
}

/** One token: the logits of the next, and the new state. Numbers in parentheses are equations of arXiv 2503.14456. */
export function step(
  p: Tensors,
  token: number,
  states: readonly LayerState[],
): { logits: Vector; states: LayerState[] } {
  const layerNorm = (x: Vector, name: string) =>
    norm(x, p.vector(`${name}.weight`), p.vector(`${name}.bias`));
  let x = layerNorm(p.row("emb.weight", token), "blocks.0.ln0");
  let v_first: Vector | undefined;

  const next = states.map((state, layer): LayerState => {
    const att = (name: string) => `blocks.${layer}.att.${name}`;
    const ffn = (name: string) => `blocks.${layer}.ffn.${name}`;
    const vector = (name: string) => p.vector(att(name));
    const project = (name: string, y: Vector) => times(p.matrix(att(`${name}.weight`)), y);
    /** f(y A) B: a large matrix as the product of two thin ones. */
    const lowRank = (name: string, y: Vector, f = (value: number) => value) =>
      sumOfRows(sumOfRows(y, p.matrix(att(`${name}1`))).map(f), p.matrix(att(`${name}2`)));

    // Time mix: the tokens meet.
    const x1 = layerNorm(x, `blocks.${layer}.ln1`);
    const mix = (q: string) => lerp(x1, state.att_prev, vector(`x_${q}`)); // (3)
    const r = project("receptance", mix("r")); // (13)
    const k = project("key", mix("k")); // (5)
    const v_own = project("value", mix("v")); // (9)
    const d = add(vector("w0"), lowRank("w", mix("w"), Math.tanh)); // (11)
    const w = d.map((value) => Math.exp(-Math.exp(-0.5) * sigmoid(value))); // (12)
    const a = add(vector("a0"), lowRank("a", mix("a"))).map(sigmoid); // (4)
    const g = lowRank("g", mix("g"), sigmoid); // (14)
    let v: Vector = v_own;
    if (v_first === undefined) v_first = v_own;
    else {
      const nu = add(vector("v0"), lowRank("v", mix("v"))).map(sigmoid); // (8)
      v = lerp(v_own, v_first, nu); // (10)
    }
    const k_tilde = lerp(k, mul(k, a), vector("k_a")); // (7)

    const N = state.S[0]!.length;
    const [rs, ws, ks, vs, as] = [r, w, k_tilde, v, a].map((y) => heads(y, N)) as Heads;
    const removal = heads(mul(k, vector("k_k")), N); // (6)
    const bonus = heads(vector("r_k"), N);
    const results = state.S.map((S, h) => {
      const length = Math.sqrt(dot(removal[h]!, removal[h]!));
      const kk = removal[h]!.map((value) => value / Math.max(length, 1e-12)); // (15)
      const inputs = { r: rs[h]!, w: ws[h]!, k: ks[h]!, v: vs[h]!, kk, a: as[h]! };
      const { y, S: edited } = wkvStep(S, inputs); // (16), (17)
      const [weight, bias] = ["weight", "bias"].map((part) => heads(vector(`ln_x.${part}`), N)[h]!);
      const amount = dot(mul(rs[h]!, ks[h]!), bonus[h]!); // (20)
      const u = vs[h]!.map((value) => amount * value);
      return { y: add(norm(y, weight!, bias!, 64e-5), u), S: edited }; // (21)
    });
    const y = results.flatMap((head) => head.y);
    x = add(x, project("output", mul(y, g))); // (22)

    // Channel mix: the channels meet.
    const x2 = layerNorm(x, `blocks.${layer}.ln2`);
    const mixed = lerp(x2, state.ffn_prev, p.vector(ffn("x_k")));
    const k2 = times(p.matrix(ffn("key.weight")), mixed); // (23)
    const squares = k2.map((value) => Math.max(value, 0) ** 2);
    x = add(x, times(p.matrix(ffn("value.weight")), squares)); // (24)

    return { att_prev: x1, ffn_prev: x2, S: results.map((head) => head.S) };
  });
  return { logits: times(p.matrix("head.weight"), layerNorm(x, "ln_out")), states: next };
}

type Heads = [number[][], number[][], number[][], number[][], number[][]];

/** What the recurrence gets of one token and one head, `[N]` each. */
export interface WkvInputs {
  /** What to ask the state. */
  readonly r: Vector;
  /** What each key keeps, between 0.545 and 1. */
  readonly w: Vector;
  /** Where to write, and what. */
  readonly k: Vector;
  readonly v: Vector;
  /** Where to remove what is there, of length 1, and how much of it. */
  readonly kk: Vector;
  readonly a: Vector;
}

/** Equations (16) and (17): forget, remove, write, then read. */
export function wkvStep(
  S: HeadState,
  { r, w, k, v, kk, a }: WkvInputs,
): { y: number[]; S: number[][] } {
  const there = sumOfRows(kk, S); // what the state says to the key kk
  const next = S.map((row, i) =>
    row.map((s, j) => w[i]! * s - kk[i]! * a[i]! * there[j]! + k[i]! * v[j]!)
  );
  return { y: sumOfRows(r, next), S: next };
}

/**
 * The same for all tokens of a text at once, from the empty state. Unrolled, the recurrence is
 *
 *     y_t = sum over i <= t of (q_ti . k_i) v_i,  where  q_tt = r_t  and  q_t,i-1 = q_ti (diag(w_i) - (kk_i a_i)^T kk_i)
 *
 * It is attention whose queries change on the way back into the past. No token waits for the result of another.
 */
export function wkvParallel(tokens: readonly WkvInputs[]): number[][] {
  return tokens.map(({ r }, t) => {
    let y = zeros(r.length);
    let q = r;
    for (const { k, v, w, kk, a } of tokens.slice(0, t + 1).reverse()) {
      const score = dot(q, k);
      y = add(y, v.map((value) => score * value));
      const removed = dot(q, mul(kk, a));
      q = sub(mul(q, w), kk.map((value) => removed * value));
    }
    return y;
  });
}
