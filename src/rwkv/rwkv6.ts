import { define } from "./definition.ts";
import { GROUP_NORM_EPS } from "./group_norm_eps.ts";
import { lowRank } from "./low_rank.ts";
import { linear, matrices, matrix, norm, vector } from "./parameters.ts";

/** RWKV-6 "Finch" (arXiv 2404.05892, sections 4.2.1 and 4.2.2): mixes and decays that depend on the data. */
export const rwkv6 = define({
  att: {
    time_maa_x: vector("D"),
    time_maa_w: vector("D"),
    time_maa_k: vector("D"),
    time_maa_v: vector("D"),
    time_maa_r: vector("D"),
    time_maa_g: vector("D"),
    time_maa_w1: matrix("D", "5M"),
    time_maa_w2: matrices("M", "D"),
    time_decay: vector("D"),
    time_decay_w1: matrix("D", "R"),
    time_decay_w2: matrix("R", "D"),
    time_faaaa: vector("H", "N"),
    receptance: linear("D", "D"),
    key: linear("D", "D"),
    value: linear("D", "D"),
    gate: linear("D", "D"),
    output: linear("D", "D"),
    ln_x: norm("D"),
  },
  ffn: {
    time_maa_k: vector("D"),
    time_maa_r: vector("D"),
    key: linear("F", "D"),
    receptance: linear("D", "D"),
    value: linear("D", "F"),
  },

  timeMix(o, p, x, prev, state) {
    const xx = o.sub(o.tokenShift(x, prev), x);

    // ddlerp (section 4.2.1): how far to mix is itself a low-rank function of a first mix. Five of them: w, k, v, r, g.
    const xxx = o.lerp(x, xx, p.time_maa_x);
    const z = o.split(o.tanh(o.matmul(xxx, p.time_maa_w1)), 5); // five [B, T, M]
    const ddlerp = (mu: typeof x, i: number) =>
      o.lerp(x, xx, o.add(o.matmul(z[i]!, p.time_maa_w2[i]!), mu)); // [B, T, D]

    // Section 4.2.2. [B, T, D], which is H heads of N.
    const r = o.linear(ddlerp(p.time_maa_r, 3), p.receptance);
    const k = o.linear(ddlerp(p.time_maa_k, 1), p.key);
    const v = o.linear(ddlerp(p.time_maa_v, 2), p.value);
    const g = o.silu(o.linear(ddlerp(p.time_maa_g, 4), p.gate));
    const d = lowRank(o, ddlerp(p.time_maa_w, 0), p.time_decay_w1, p.time_decay_w2, {
      f: "tanh",
      bias: p.time_decay,
    });

    const log_w = o.scale(o.exp(d), -1); // [B, T, D]: w = exp(-exp(d))
    const [wkv, next] = o.wkv6({ r, k, v, log_w, u: p.time_faaaa }, state);
    const y = o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS);
    return { y: o.linear(o.mul(y, g), p.output), state: next };
  },

  channelMix(o, p, x, prev) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    const k = o.linear(o.lerp(x, xx, p.time_maa_k), p.key);
    const r = o.linear(o.lerp(x, xx, p.time_maa_r), p.receptance);
    return o.mul(o.sigmoid(r), o.linear(o.reluSquared(k), p.value));
  },
});
