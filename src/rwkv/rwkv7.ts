import { define, GROUP_NORM_EPS } from "./definition.ts";
import { lowRank } from "./low_rank.ts";
import { linear, matrix, norm, optional, vector } from "./parameters.ts";

/** Lower bound of log w. The decay w lies between exp(-e^-0.5) = 0.545 and 1. */
const MIN_LOG_W = -Math.exp(-0.5);

/**
 * RWKV-7 "Goose": a generalised delta rule updates the state. Source: arXiv 2503.14456, section 4; numbers in
 * parentheses are its equations.
 *
 * | paper                                      | checkpoint            | code      |
 * | ------------------------------------------ | --------------------- | --------- |
 * | token shift mu_r, mu_k, mu_v, mu_a, mu_g   | x_r, x_k, x_v ...     | `mix`     |
 * | token shift mu_d                           | x_w                   | `mix`     |
 * | receptance r                               | receptance            | `r`       |
 * | decay precursor d                          | w0 (bias), w1, w2     | `d`       |
 * | decay w = exp(-e^-0.5 sigmoid(d))          |                       | `log_w`   |
 * | key precursor k                            | key                   | `k`       |
 * | in-context learning rate a                 | a0 (bias), a1, a2     | `a`       |
 * | removal key kappa = k xi, normalised       | xi is k_k             | `kk`      |
 * | replacement key k~ = k lerp(1, a, alpha)   | alpha is k_a          | `k_tilde` |
 * | value precursor v'                         | value                 | `v_own`   |
 * | v' of the first block, v'_0                |                       | `v_first` |
 * | value residual gate nu                     | v0 (bias), v1, v2     | `nu`      |
 * | value v                                    |                       | `v`       |
 * | gate g                                     | g1, g2                | `g`       |
 * | state wkv                                  |                       | `state`   |
 * | bonus u, with its weight rho               | r_k                   | `u`       |
 * | group norm after WKV; output W_o           | ln_x; output          |           |
 *
 * `state` is the transpose of the paper's wkv. In the paper and the official code, rows are values and columns are
 * keys, `[N values, N keys]` per head. In this code every version has `[N keys, N values]`, like the paper of RWKV-5
 * and 6, so that all versions share one state format.
 */
export const rwkv7 = define({
  matches: (shape) => shape("att.r_k") !== undefined,
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
    const mix = (mu: typeof x) => o.lerp(x, xx, mu); // (3) [B, T, D]

    // Weight preparation (section 4.1). All are [B, T, D], H heads of size N.
    const x_v = mix(p.x_v);
    const r = o.linear(mix(p.x_r), p.receptance); // (13)
    const k = o.linear(mix(p.x_k), p.key); // (5)
    const v_own = o.linear(x_v, p.value); // (9)
    const d = lowRank(o, mix(p.x_w), p.w1, p.w2, { f: "tanh", bias: p.w0 }); // (11)
    const a = o.sigmoid(lowRank(o, mix(p.x_a), p.a1, p.a2, { bias: p.a0 })); // (4)
    const g = lowRank(o, mix(p.x_g), p.g1, p.g2, { f: "sigmoid" }); // (14)
    const log_w = o.scale(o.sigmoid(d), MIN_LOG_W); // (12)

    // Value residual: later blocks interpolate v toward the first block's. A gate in the first block is unused.
    let v = v_own;
    if (v_first !== undefined && p.v0 !== undefined && p.v1 !== undefined && p.v2 !== undefined) {
      const nu = o.sigmoid(lowRank(o, x_v, p.v1, p.v2, { bias: p.v0 })); // (8)
      v = o.lerp(v_own, o.sub(v_first, v_own), nu); // (10)
    }

    const kk = o.normalizeHeads(o.mul(k, p.k_k)); // (6), (15)
    const k_tilde = o.lerp(k, o.sub(o.mul(k, a), k), p.k_a); // (7)

    const [wkv, next] = o.wkv7({ r, log_w, k: k_tilde, v, kk, a }, state); // (16), (17)
    const u = o.bonus(r, k_tilde, v, p.r_k); // (20)
    const y = o.add(o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS), u); // (21)
    return { y: o.linear(o.mul(y, g), p.output), state: next, v_first: v_first ?? v_own }; // (22)
  },

  channelMix(o, p, x, prev) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    const k = o.linear(o.lerp(x, xx, p.x_k), p.key); // (23) [B, T, F]
    return o.linear(o.reluSquared(k), p.value); // (24) [B, T, D]
  },
});
