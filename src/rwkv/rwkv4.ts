import { channelMix, channelMixParameters } from "./channel_mix.ts";
import { define } from "./definition.ts";
import { linear, vector } from "./parameters.ts";
import { staticMix } from "./token_shift.ts";

/**
 * RWKV-4 "Dove": a decay and a bonus for each channel. Source: arXiv 2305.13048, section 3.1; numbers in parentheses
 * are its equations.
 *
 * | paper                             | checkpoint          | code    |
 * | --------------------------------- | ------------------- | ------- |
 * | token shift mu_r, mu_k, mu_v      | time_mix_r, _k, _v  | `mix`   |
 * | receptance r, key k, value v      | receptance, key ... | `r` ... |
 * | decay e^-w, with w = e^time_decay | time_decay          | `log_w` |
 * | bonus u                           | time_first          | `u`     |
 * | numerator a, denominator b, max p |                     | `state` |
 * | output W_o                        | output              |         |
 */
export const rwkv4 = define({
  matches: (shape) => shape("att.time_decay") !== undefined,
  att: {
    time_decay: vector("D"),
    time_first: vector("D"),
    time_mix_k: vector("D"),
    time_mix_v: vector("D"),
    time_mix_r: vector("D"),
    key: linear("D", "D"),
    value: linear("D", "D"),
    receptance: linear("D", "D"),
    output: linear("D", "D"),
  },
  ffn: channelMixParameters,

  timeMix(o, p, x, prev, state) {
    const mix = staticMix(o, x, prev);
    const r = o.linear(mix(p.time_mix_r), p.receptance); // (11) [B, T, D]
    const k = o.linear(mix(p.time_mix_k), p.key); // (12)
    const v = o.linear(mix(p.time_mix_v), p.value); // (13)

    const log_w = o.scale(o.exp(p.time_decay), -1); // [D]
    const [wkv, next] = o.wkv4({ k, v, log_w, u: p.time_first }, state); // (16) [B, T, D]
    return { y: o.linear(o.mul(o.sigmoid(r), wkv), p.output), state: next }; // (17)
  },

  channelMix,
});
