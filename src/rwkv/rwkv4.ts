import { define } from "./definition.ts";
import type { Operations } from "./operations.ts";
import { linear, vector, type Weights } from "./parameters.ts";

/** Channel mix of RWKV-4 and 5. */
export const ffn4 = {
  time_mix_k: vector("D"),
  time_mix_r: vector("D"),
  key: linear("F", "D"),
  value: linear("D", "F"),
  receptance: linear("D", "D"),
};

/** x mixed with the token before: x m + prev (1 - m), written with xx = x - prev. */
export function mix<X>(o: Operations<X>, prev: X, xx: X, m: X): X {
  return o.lerp(prev, xx, m);
}

/** Channel mix of RWKV-4 and 5 (arXiv 2305.13048, section 3.1, equations 17 and 18). */
export function channelMix4<X>(o: Operations<X>, p: Weights<typeof ffn4, X>, x: X, prev: X): X {
  const before = o.tokenShift(x, prev);
  const xx = o.sub(x, before);
  const k = o.linear(mix(o, before, xx, p.time_mix_k), p.key);
  const r = o.linear(mix(o, before, xx, p.time_mix_r), p.receptance);
  return o.mul(o.sigmoid(r), o.linear(o.reluSquared(k), p.value));
}

/** RWKV-4 "Dove" (arXiv 2305.13048): a decay and a bonus for each channel. */
export const rwkv4 = define({
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
  ffn: ffn4,

  timeMix(o, p, x, prev, state) {
    const before = o.tokenShift(x, prev);
    const xx = o.sub(x, before);
    const r = o.linear(mix(o, before, xx, p.time_mix_r), p.receptance);
    const k = o.linear(mix(o, before, xx, p.time_mix_k), p.key);
    const v = o.linear(mix(o, before, xx, p.time_mix_v), p.value);

    const log_w = o.scale(o.exp(p.time_decay), -1);
    const [wkv, next] = o.wkv4({ k, v, log_w, u: p.time_first }, state);
    return [o.linear(o.mul(o.sigmoid(r), wkv), p.output), next];
  },

  channelMix: channelMix4,
});
