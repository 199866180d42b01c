import { exp4 } from "./functions";
import { ENTRY, firstRow, length, state } from "./sequences";

/**
 * RWKV-4's WKV (arXiv 2305.13048, appendix D): weighted means with one decay a channel, kept free of overflow by the largest
 * exponent so far, pp. Four channels at a time, token by token.
 *
 * @param at where aa, bb and pp lie in a state, one after the other
 * @param from bytes before the first channels to compute, of those of a row
 * @param to bytes before the first that are not
 */
export function wkv4(
  y: usize, k: usize, kStep: usize, v: usize, vStep: usize, log_w: usize, u: usize,
  table: usize, count: i32, at: usize, bytes: usize, from: usize, to: usize,
): void {
  for (let i = 0; i < count; i++, table += ENTRY) {
    const first = <usize> firstRow(table);
    for (let channel = from; channel < to; channel += 16) {
      const past = state(table) + at + channel;
      let aa = v128.load(past), bb = v128.load(past + bytes), pp = v128.load(past + (bytes << 1));
      const decay = v128.load(log_w + channel), now = v128.load(u + channel);
      let kt = k + first * kStep + channel, vt = v + first * vStep + channel, yt = y + first * bytes + channel;
      for (let token = 0; token < length(table); token++) {
        const key = v128.load(kt), value = v128.load(vt);
        const present = f32x4.add(now, key);
        let q = f32x4.pmax(pp, present);
        let e1 = exp4(f32x4.sub(pp, q)), e2 = exp4(f32x4.sub(present, q));
        const numerator = f32x4.add(f32x4.mul(e1, aa), f32x4.mul(e2, value));
        v128.store(yt, f32x4.div(numerator, f32x4.add(f32x4.mul(e1, bb), e2)));

        const decayed = f32x4.add(pp, decay);
        q = f32x4.pmax(decayed, key);
        e1 = exp4(f32x4.sub(decayed, q));
        e2 = exp4(f32x4.sub(key, q));
        aa = f32x4.add(f32x4.mul(e1, aa), f32x4.mul(e2, value));
        bb = f32x4.add(f32x4.mul(e1, bb), e2);
        pp = q;
        kt += kStep;
        vt += vStep;
        yt += bytes;
      }
      v128.store(past, aa);
      v128.store(past + bytes, bb);
      v128.store(past + (bytes << 1), pp);
    }
  }
}
