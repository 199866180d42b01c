import { define } from "./definition.ts";
import { heads, linear, norm, optional, vector } from "./parameters.ts";
import { channelMix4, ffn4, mix } from "./rwkv4.ts";

/**
 * The group norm after WKV. The official code normalises wkv / 8 with eps 1e-5, which is this.
 * Source: `head_size_divisor` in RWKV-LM, RWKV-v5/src/model.py.
 */
export const GROUP_NORM_EPS = 64e-5;

/** RWKV-5.1: matrix-valued states with one decay a head. The first World models have no gate. */
export const rwkv5_1 = define({
  att: {
    time_decay: heads("H"),
    time_first: heads("H"),
    time_mix_k: vector("D"),
    time_mix_v: vector("D"),
    time_mix_r: vector("D"),
    time_mix_g: optional(vector("D")),
    key: linear("D", "D"),
    value: linear("D", "D"),
    receptance: linear("D", "D"),
    gate: optional(linear("D", "D")),
    output: linear("D", "D"),
    ln_x: norm("D"),
  },
  ffn: ffn4,

  timeMix(o, p, x, prev, state) {
    const before = o.tokenShift(x, prev);
    const xx = o.sub(x, before);
    const r = o.linear(mix(o, before, xx, p.time_mix_r), p.receptance);
    const k = o.linear(mix(o, before, xx, p.time_mix_k), p.key);
    const v = o.linear(mix(o, before, xx, p.time_mix_v), p.value);

    const log_w = o.scale(o.exp(p.time_decay), -1);
    const [wkv, next] = o.wkv6({ r, k, v, log_w, u: o.exp(p.time_first) }, state);
    let y = o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS);
    if (p.gate !== undefined && p.time_mix_g !== undefined) {
      y = o.mul(y, o.silu(o.linear(mix(o, before, xx, p.time_mix_g), p.gate)));
    }
    return [o.linear(y, p.output), next];
  },

  channelMix: channelMix4,
});

/** RWKV-5.2 "Eagle" (arXiv 2404.05892, section 4.1): one decay a channel, and a gate. */
export const rwkv5_2 = define({
  att: {
    time_decay: vector("H", "N"),
    time_faaaa: vector("H", "N"),
    time_mix_k: vector("D"),
    time_mix_v: vector("D"),
    time_mix_r: vector("D"),
    time_mix_g: vector("D"),
    key: linear("D", "D"),
    value: linear("D", "D"),
    receptance: linear("D", "D"),
    gate: linear("D", "D"),
    output: linear("D", "D"),
    ln_x: norm("D"),
  },
  ffn: ffn4,

  timeMix(o, p, x, prev, state) {
    const before = o.tokenShift(x, prev);
    const xx = o.sub(x, before);
    const r = o.linear(mix(o, before, xx, p.time_mix_r), p.receptance);
    const k = o.linear(mix(o, before, xx, p.time_mix_k), p.key);
    const v = o.linear(mix(o, before, xx, p.time_mix_v), p.value);
    const g = o.silu(o.linear(mix(o, before, xx, p.time_mix_g), p.gate));

    const log_w = o.scale(o.exp(p.time_decay), -1);
    const [wkv, next] = o.wkv6({ r, k, v, log_w, u: p.time_faaaa }, state);
    const y = o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS);
    return [o.linear(o.mul(y, g), p.output), next];
  },

  channelMix: channelMix4,
});
