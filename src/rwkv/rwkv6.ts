import { define, GROUP_NORM_EPS } from "./definition.ts";
import { lowRank } from "./low_rank.ts";
import { linear, matrices, matrix, norm, vector } from "./parameters.ts";

/** The order of the five mixes in `time_maa_w1` and `time_maa_w2`. The checkpoint's w is the paper's d. */
const MIXES = ["w", "k", "v", "r", "g"] as const;

/**
 * RWKV-6 "Finch": data-dependent token shift and decay. Source: arXiv 2404.05892, section 4.2; numbers in parentheses
 * are its equations.
 *
 * | paper                                   | checkpoint                     | code     |
 * | --------------------------------------- | ------------------------------ | -------- |
 * | mu_x of the first mix                   | time_maa_x                     | `xxx`    |
 * | lambda_r, lambda_k ...; lambda_d        | time_maa_r, _k ...; time_maa_w | `ddlerp` |
 * | A_r, A_k ...; B_r, B_k ...              | time_maa_w1; time_maa_w2       | `ddlerp` |
 * | receptance r, key k, value v, gate g    | receptance, key ...            | `r` ...  |
 * | lambda_d, A_d, B_d of the decay's lora  | time_decay, _w1, _w2           | `d`      |
 * | decay w = exp(-exp d)                   |                                | `log_w`  |
 * | bonus u                                 | time_faaaa                     | `u`      |
 * | state s, per head [N keys, N values]    |                                | `state`  |
 * | group norm after WKV; output W_o        | ln_x; output                   |          |
 */
export const rwkv6 = define({
  matches: (shape) => shape("att.time_maa_x") !== undefined,
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

    // The amounts of mixing are low-rank functions of a first mix. One product covers the five A matrices.
    const xxx = o.lerp(x, xx, p.time_maa_x);
    const z = o.split(o.tanh(o.matmul(xxx, p.time_maa_w1)), MIXES.length); // 5 x [B, T, M]
    const ddlerp = (mix: (typeof MIXES)[number]) => {
      const i = MIXES.indexOf(mix);
      const mu = o.add(o.matmul(z[i]!, p.time_maa_w2[i]!), p[`time_maa_${mix}`]); // (14) [B, T, D]
      return o.lerp(x, xx, mu); // (15) [B, T, D]
    };

    const r = o.linear(ddlerp("r"), p.receptance); // (16) [B, T, D], H heads of size N
    const k = o.linear(ddlerp("k"), p.key);
    const v = o.linear(ddlerp("v"), p.value);
    const g = o.silu(o.linear(ddlerp("g"), p.gate));
    const d = lowRank(o, ddlerp("w"), p.time_decay_w1, p.time_decay_w2, {
      f: "tanh",
      bias: p.time_decay,
    }); // (17) [B, T, D]

    const log_w = o.scale(o.exp(d), -1); // (18) [B, T, D]
    const [wkv, next] = o.wkv6({ r, k, v, log_w, u: p.time_faaaa }, state); // (21), (22) [B, T, D]
    const y = o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS);
    return { y: o.linear(o.mul(y, g), p.output), state: next }; // (20) [B, T, D]
  },

  channelMix(o, p, x, prev) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    const k = o.linear(o.lerp(x, xx, p.time_maa_k), p.key); // (11) [B, T, F]
    const r = o.linear(o.lerp(x, xx, p.time_maa_r), p.receptance); // (10) [B, T, D]
    return o.mul(o.sigmoid(r), o.linear(o.reluSquared(k), p.value)); // (12), (13) [B, T, D]
  },
});
