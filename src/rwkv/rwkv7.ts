import { define } from "./definition.ts";
import { linear, matrix, norm, optional, vector } from "./parameters.ts";
import { GROUP_NORM_EPS } from "./rwkv5.ts";

/** The decay never falls below exp(-exp(-1/2)): w = exp(-exp(-1/2) sigmoid(...)). */
const MAX_LOG_DECAY = -Math.exp(-0.5);

/** RWKV-7 "Goose" (arXiv 2503.14456, section 4): a state that is edited by a generalised delta rule. */
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

  timeMix(o, p, x, prev, state, carry) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    const x_v = o.lerp(x, xx, p.x_v);

    const r = o.linear(o.lerp(x, xx, p.x_r), p.receptance);
    const k0 = o.linear(o.lerp(x, xx, p.x_k), p.key);
    let v = o.linear(x_v, p.value);
    const w = o.add(o.matmul(o.tanh(o.matmul(o.lerp(x, xx, p.x_w), p.w1)), p.w2), p.w0);
    const a = o.sigmoid(o.add(o.matmul(o.matmul(o.lerp(x, xx, p.x_a), p.a1), p.a2), p.a0));
    const g = o.matmul(o.sigmoid(o.matmul(o.lerp(x, xx, p.x_g), p.g1)), p.g2);

    // Value residual: later blocks pull v toward the first block's.
    if (carry.v_first === undefined) {
      carry.v_first = v;
    } else if (p.v0 !== undefined && p.v1 !== undefined && p.v2 !== undefined) {
      const nu = o.sigmoid(o.add(o.matmul(o.matmul(x_v, p.v1), p.v2), p.v0));
      v = o.add(v, o.mul(o.sub(carry.v_first, v), nu));
    }

    const kk = o.normalizeHeads(o.mul(k0, p.k_k));
    const k = o.add(k0, o.mul(o.sub(o.mul(k0, a), k0), p.k_a)); // k (1 + (a - 1) k_a)

    const log_w = o.scale(o.sigmoid(w), MAX_LOG_DECAY);
    const [wkv, next] = o.wkv7({ r, log_w, k, v, kk, a }, state);
    const y = o.add(o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS), o.bonus(r, k, v, p.r_k));
    return [o.linear(o.mul(y, g), p.output), next];
  },

  channelMix(o, p, x, prev) {
    const xx = o.sub(o.tokenShift(x, prev), x);
    return o.linear(o.reluSquared(o.linear(o.lerp(x, xx, p.x_k), p.key)), p.value);
  },
});
