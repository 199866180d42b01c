import { add, lerp, mul, norm, sigmoid, times, type Vector, zeros } from "./arrays.ts";
import type { Tensors } from "./tensors.ts";

/** What one layer of RWKV-4 remembers: five vectors of D numbers. */
export interface LayerState {
  /** What time mix and channel mix saw at the last token. */
  readonly att_prev: Vector;
  readonly ffn_prev: Vector;
  /** The sums over the past, numerator and denominator, both divided by e^pp so that nothing overflows. */
  readonly aa: Vector;
  readonly bb: Vector;
  readonly pp: Vector;
}

/** The state before the first token. */
export function emptyState(tensors: Tensors): LayerState[] {
  const D = tensors.vector("blocks.0.ln1.weight").length;
  const none = zeros(D);
  return Array.from({ length: tensors.layers }, () => ({
    ...{ att_prev: none, ffn_prev: none, aa: none, bb: none },
    pp: none.map(() => -1e30),
  }));
}

/** One token: the logits of the next, and the new state. Numbers in parentheses are equations of arXiv 2305.13048. */
export function step(
  p: Tensors,
  token: number,
  states: readonly LayerState[],
): { logits: Vector; states: LayerState[] } {
  const layerNorm = (x: Vector, name: string) =>
    norm(x, p.vector(`${name}.weight`), p.vector(`${name}.bias`));
  let x = layerNorm(p.row("emb.weight", token), "blocks.0.ln0");

  const next = states.map((state, layer): LayerState => {
    const att = (name: string) => `blocks.${layer}.att.${name}`;
    const ffn = (name: string) => `blocks.${layer}.ffn.${name}`;

    // Time mix: the tokens meet.
    const x1 = layerNorm(x, `blocks.${layer}.ln1`);
    const mix = (q: string) => lerp(state.att_prev, x1, p.vector(att(`time_mix_${q}`)));
    const r = times(p.matrix(att("receptance.weight")), mix("r")); // (11)
    const k = times(p.matrix(att("key.weight")), mix("k")); // (12)
    const v = times(p.matrix(att("value.weight")), mix("v")); // (13)
    const w = p.vector(att("time_decay")).map((decay) => Math.exp(decay));
    const u = p.vector(att("time_first"));
    const { wkv, ...past } = wkvStep(state, { k, v, w, u }); // (16)
    x = add(x, times(p.matrix(att("output.weight")), mul(r.map(sigmoid), wkv))); // (17)

    // Channel mix: the channels meet.
    const x2 = layerNorm(x, `blocks.${layer}.ln2`);
    const mix2 = (q: string) => lerp(state.ffn_prev, x2, p.vector(ffn(`time_mix_${q}`)));
    const r2 = times(p.matrix(ffn("receptance.weight")), mix2("r")); // (14)
    const k2 = times(p.matrix(ffn("key.weight")), mix2("k")); // (15)
    const squares = k2.map((value) => Math.max(value, 0) ** 2);
    x = add(x, mul(r2.map(sigmoid), times(p.matrix(ffn("value.weight")), squares))); // (18)

    return { att_prev: x1, ffn_prev: x2, ...past };
  });
  return { logits: times(p.matrix("head.weight"), layerNorm(x, "ln_out")), states: next };
}

/** What the recurrence gets of one token, `[D]` each, and of the layer. */
export interface WkvInputs {
  readonly k: Vector;
  readonly v: Vector;
  /** The decay is e^-w a token. */
  readonly w: Vector;
  /** Added to the key of the present token. */
  readonly u: Vector;
}

/** Equation (16) as a recurrence, in the stable form of appendix D. */
export function wkvStep(
  { aa, bb, pp }: Pick<LayerState, "aa" | "bb" | "pp">,
  { k, v, w, u }: WkvInputs,
): { wkv: number[]; aa: number[]; bb: number[]; pp: number[] } {
  const next = { wkv: zeros(k.length), aa: zeros(k.length), bb: zeros(k.length), pp: [...pp] };
  for (let i = 0; i < k.length; i++) {
    let q = Math.max(pp[i]!, u[i]! + k[i]!);
    let [past, now] = [Math.exp(pp[i]! - q), Math.exp(u[i]! + k[i]! - q)];
    next.wkv[i] = (past * aa[i]! + now * v[i]!) / (past * bb[i]! + now);
    q = Math.max(pp[i]! - w[i]!, k[i]!);
    [past, now] = [Math.exp(pp[i]! - w[i]! - q), Math.exp(k[i]! - q)];
    next.aa[i] = past * aa[i]! + now * v[i]!;
    next.bb[i] = past * bb[i]! + now;
    next.pp[i] = q;
  }
  return next;
}

/**
 * Equation (16) as it stands, for all tokens of a text at once: a weighted mean of the values so far. No token waits for
 * the result of another.
 *
 * @param k, v `[T][D]`
 */
export function wkvParallel(k: readonly Vector[], v: readonly Vector[], w: Vector, u: Vector) {
  return k.map((now, t) =>
    now.map((_, i) => {
      let [sum, weights] = [0, 0];
      for (let j = 0; j <= t; j++) {
        const weight = Math.exp(j === t ? u[i]! + k[t]![i]! : k[j]![i]! - (t - 1 - j) * w[i]!);
        sum += weight * v[j]![i]!;
        weights += weight;
      }
      return sum / weights;
    })
  );
}
