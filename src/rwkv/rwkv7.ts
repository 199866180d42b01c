import { define } from "./definition.ts";
import { GROUP_NORM_EPS } from "./group_norm_eps.ts";
import { lowRank } from "./low_rank.ts";
import { linear, matrix, norm, optional, vector } from "./parameters.ts";

/** log w lies between -exp(-1/2) and 0, so a channel keeps at least 0.545 of itself from token to token. */
const MIN_LOG_W = -Math.exp(-0.5);

/**
 * RWKV-7 "Goose" (arXiv 2503.14456, section 4): a state that is edited by a generalised delta rule.
 *
 * | paper                            | checkpoint         | here    |
 * | -------------------------------- | ------------------ | ------- |
 * | token shift mu_r, mu_d, mu_k ... | x_r, x_w, x_k ...  |         |
 * | receptance r                     | receptance         | `r`     |
 * | decay precursor d                | w0, w1, w2         | `d`     |
 * | decay w = exp(-e^-0.5 sigmoid d) |                    | `log_w` |
 * | key precursor k                  | key                | `k`     |
 * | removal key kappa = k xi         | k_k                | `kk`    |
 * | replacement key, with alpha      | k_a                | `k_new` |
 * | value v, residual gate nu        | value, v0, v1, v2  | `v`     |
 * | in-context learning rate a       | a0, a1, a2         | `a`     |
 * | gate g                           | g1, g2             | `g`     |
 * | bonus rho                        | r_k                |         |
 *
 * The paper writes a state as `[values, keys]`, and so does the official code. Here it is `[keys, values]` in every
 * version, as RWKV-5 and 6 have it: the transpose.
 */
export const rwkv7 = define({
  att: {
    x_r: vector("D"),
    x_w: vector("D"),
    x_k: vector("D"),
    x_v: vector("D"),
    x_a: vector("D"),
    x_g: vector("D"),
    w0: vector("D"),
    w1: matrix("D", "dw"),
    w2: matrix("dw", "D"),
    a0: vector("D"),
    a1: matrix("D", "da"),
    a2: matrix("da", "D"),
    v0: optional(vector("D")),
    v1: optional(matrix("D", "dv")),
    v2: optional(matrix("dv", "D")),
    g1: matrix("D", "dg"),
    g2: matrix("dg", "D"),
    k_k: vector("D"),
    k_a: vector("D"),
    r_k: vector("H", "N"),
    receptance: linear("D", "D"),
    key: linear("D", "D"),
    value: linear("D", "D"),
    output: linear("D", "D"),
    ln_x: norm("D"),
  },
  ffn: {
    x_k: vector("D"),
    key: linear("F", "D"),
    value: linear("D", "F"),
  },

  timeMix(o, p, x, prev, state, v_first) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    const x_v = o.lerp(x, xx, p.x_v);

    // Weight preparation. All [B, T, D], which is H heads of N.
    const r = o.linear(o.lerp(x, xx, p.x_r), p.receptance);
    const k = o.linear(o.lerp(x, xx, p.x_k), p.key);
    const v_own = o.linear(x_v, p.value);
    const d = lowRank(o, o.lerp(x, xx, p.x_w), p.w1, p.w2, { f: "tanh", bias: p.w0 });
    const a = o.sigmoid(lowRank(o, o.lerp(x, xx, p.x_a), p.a1, p.a2, { bias: p.a0 }));
    const g = lowRank(o, o.lerp(x, xx, p.x_g), p.g1, p.g2, { f: "sigmoid" });

    // Value residual: later blocks pull v toward the first block's.
    let v = v_own;
    if (v_first !== undefined && p.v0 !== undefined && p.v1 !== undefined && p.v2 !== undefined) {
      const nu = o.sigmoid(lowRank(o, x_v, p.v1, p.v2, { bias: p.v0 }));
      v = o.add(v_own, o.mul(o.sub(v_first, v_own), nu));
    }

    const kk = o.normalizeHeads(o.mul(k, p.k_k));
    const k_new = o.add(k, o.mul(o.sub(o.mul(k, a), k), p.k_a)); // k (1 + (a - 1) k_a)

    // The recurrence, then group norm, bonus and gate.
    const log_w = o.scale(o.sigmoid(d), MIN_LOG_W);
    const [wkv, next] = o.wkv7({ r, log_w, k: k_new, v, kk, a }, state);
    const y = o.add(o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS), o.bonus(r, k_new, v, p.r_k));
    return {
      y: o.linear(o.mul(y, g), p.output),
      state: next,
      v_first: v_first ?? v_own,
    };
  },

  channelMix(o, p, x, prev) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    const k = o.linear(o.lerp(x, xx, p.x_k), p.key); // [B, T, F]
    return o.linear(o.reluSquared(k), p.value); // [B, T, D]
  },
});
