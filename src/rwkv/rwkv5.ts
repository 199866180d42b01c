import { channelMix, channelMixParameters } from "./channel_mix.ts";
import { define, GROUP_NORM_EPS } from "./definition.ts";
import { heads, linear, norm, optional, vector } from "./parameters.ts";
import { staticMix } from "./token_shift.ts";

/**
 * RWKV-5.1, which predates the paper: {@linkcode rwkv5_2} with one decay and one bonus per head. The checkpoint stores
 * the logarithm of the bonus, as time_first. The first World models lack the gate. Symbols and equation numbers are
 * those of {@linkcode rwkv5_2}.
 */
export const rwkv5_1 = define({
  matches: (shape) =>
    shape("att.ln_x.weight") !== undefined && shape("att.time_decay") !== undefined,
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
  ffn: channelMixParameters,

  timeMix(o, p, x, prev, state) {
    const mix = staticMix(o, x, prev);
    const r = o.linear(mix(p.time_mix_r), p.receptance); // (4) [B, T, D], H heads of size N
    const k = o.linear(mix(p.time_mix_k), p.key);
    const v = o.linear(mix(p.time_mix_v), p.value);

    const log_w = o.scale(o.exp(p.time_decay), -1); // (5) [D], equal within a head
    const u = o.exp(p.time_first); // [D], equal within a head
    const [wkv, next] = o.wkv6({ r, k, v, log_w, u }, state); // (8), (9) [B, T, D]; state [D, N]
    let y = o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS);
    if (p.gate !== undefined && p.time_mix_g !== undefined) {
      y = o.mul(y, o.silu(o.linear(mix(p.time_mix_g), p.gate)));
    }
    return { y: o.linear(y, p.output), state: next }; // (7) [B, T, D]
  },

  channelMix,
});

/**
 * RWKV-5.2 "Eagle": a matrix-valued state for each head, one decay per channel, and a gate.
 * Source: arXiv 2404.05892, section 4.1; numbers in parentheses are its equations.
 *
 * | paper                                  | checkpoint          | code    |
 * | -------------------------------------- | ------------------- | ------- |
 * | token shift mu_r, mu_k, mu_v, mu_g     | time_mix_r, _k ...  | `mix`   |
 * | receptance r, key k, value v, gate g   | receptance, key ... | `r` ... |
 * | omega of the decay w = exp(-exp omega) | time_decay          | `log_w` |
 * | bonus u                                | time_faaaa          | `u`     |
 * | state s, per head [N keys, N values]   |                     | `state` |
 * | group norm after WKV; output W_o       | ln_x; output        |         |
 */
export const rwkv5_2 = define({
  matches: (shape) =>
    shape("att.ln_x.weight") !== undefined && (shape("att.time_decay")?.length ?? 1) > 1,
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
  ffn: channelMixParameters,

  timeMix(o, p, x, prev, state) {
    const mix = staticMix(o, x, prev);
    const r = o.linear(mix(p.time_mix_r), p.receptance); // (4) [B, T, D], H heads of size N
    const k = o.linear(mix(p.time_mix_k), p.key);
    const v = o.linear(mix(p.time_mix_v), p.value);
    const g = o.silu(o.linear(mix(p.time_mix_g), p.gate));

    const log_w = o.scale(o.exp(p.time_decay), -1); // (5) [D]
    const [wkv, next] = o.wkv6({ r, k, v, log_w, u: p.time_faaaa }, state); // (8), (9) [B, T, D]
    const y = o.groupNorm(wkv, p.ln_x, GROUP_NORM_EPS);
    return { y: o.linear(o.mul(y, g), p.output), state: next }; // (7) [B, T, D]
  },

  channelMix,
});
