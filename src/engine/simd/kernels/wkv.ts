import { ENTRY, firstRow, length, state } from "./sequences";

/*
 * The recurrences with a matrix for each head, S [N keys, N values]. Columns of S are independent, so eight of them go through
 * all tokens before the next eight: their part of S stays in the first cache.
 *
 * Sums over keys have two accumulators, for even keys and for odd ones, to break the dependency chain.
 */

/** Bytes of eight values. */
const TILE: usize = 32;

/**
 * RWKV-5 and 6 (arXiv 2404.05892, equations (8), (9), (21) and (22)): y = r (S + diag(u) k^T v), S = diag(w) S + k^T v.
 *
 * @param wStep 0 if the decay is the same for all tokens
 * @param at where S of the first head lies in a state
 * @param from bytes before the first head to compute, of those of a row
 * @param to bytes before the first that is not
 */
export function wkv6(
  y: usize, r: usize, rStep: usize, w: usize, wStep: usize, k: usize, kStep: usize, v: usize, vStep: usize, u: usize,
  table: usize, count: i32, at: usize, bytes: usize, head: usize, from: usize, to: usize,
): void {
  for (let i = 0; i < count; i++, table += ENTRY) {
    const first = <usize> firstRow(table);
    const tokens = length(table);
    for (let start = from; start < to; start += head) {
      const S = state(table) + at + start * (head >> 2);
      const ut = u + start;
      for (let tile: usize = 0; tile < head; tile += TILE) {
        let rt = r + first * rStep + start, wt = w + first * wStep + start, kt = k + first * kStep + start;
        let vt = v + first * vStep + start + tile, yt = y + first * bytes + start + tile;
        for (let token = 0; token < tokens; token++) {
          const v0 = v128.load(vt), v1 = v128.load(vt, 16);
          let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
          let s = S + tile;
          for (let key: usize = 0; key < head; key += 8) {
            let kv = v128.load32_splat(kt + key), rr = v128.load32_splat(rt + key);
            let uu = v128.load32_splat(ut + key), ww = v128.load32_splat(wt + key);
            let kv0 = f32x4.mul(kv, v0), kv1 = f32x4.mul(kv, v1);
            let s0 = v128.load(s), s1 = v128.load(s, 16);
            a0 = f32x4.add(a0, f32x4.mul(rr, f32x4.add(s0, f32x4.mul(uu, kv0))));
            a1 = f32x4.add(a1, f32x4.mul(rr, f32x4.add(s1, f32x4.mul(uu, kv1))));
            v128.store(s, f32x4.add(f32x4.mul(ww, s0), kv0));
            v128.store(s, f32x4.add(f32x4.mul(ww, s1), kv1), 16);
            s += head;

            kv = v128.load32_splat(kt + key, 4), rr = v128.load32_splat(rt + key, 4);
            uu = v128.load32_splat(ut + key, 4), ww = v128.load32_splat(wt + key, 4);
            kv0 = f32x4.mul(kv, v0), kv1 = f32x4.mul(kv, v1);
            s0 = v128.load(s), s1 = v128.load(s, 16);
            b0 = f32x4.add(b0, f32x4.mul(rr, f32x4.add(s0, f32x4.mul(uu, kv0))));
            b1 = f32x4.add(b1, f32x4.mul(rr, f32x4.add(s1, f32x4.mul(uu, kv1))));
            v128.store(s, f32x4.add(f32x4.mul(ww, s0), kv0));
            v128.store(s, f32x4.add(f32x4.mul(ww, s1), kv1), 16);
            s += head;
          }
          v128.store(yt, f32x4.add(a0, b0));
          v128.store(yt, f32x4.add(a1, b1), 16);
          rt += rStep;
          wt += wStep;
          kt += kStep;
          vt += vStep;
          yt += bytes;
        }
      }
    }
  }
}

/**
 * RWKV-7 (arXiv 2503.14456, equations (16) and (17), transposed): S = diag(w) S - (kk a)^T (kk S) + k^T v, then y = r S.
 *
 * @param edit kk a
 */
export function wkv7(
  y: usize, r: usize, rStep: usize, w: usize, wStep: usize, k: usize, kStep: usize, v: usize, vStep: usize,
  kk: usize, kkStep: usize, edit: usize, editStep: usize,
  table: usize, count: i32, at: usize, bytes: usize, head: usize, from: usize, to: usize,
): void {
  for (let i = 0; i < count; i++, table += ENTRY) {
    const first = <usize> firstRow(table);
    const tokens = length(table);
    for (let start = from; start < to; start += head) {
      const S = state(table) + at + start * (head >> 2);
      for (let tile: usize = 0; tile < head; tile += TILE) {
        let rt = r + first * rStep + start, wt = w + first * wStep + start, kt = k + first * kStep + start;
        let kkt = kk + first * kkStep + start, et = edit + first * editStep + start;
        let vt = v + first * vStep + start + tile, yt = y + first * bytes + start + tile;
        for (let token = 0; token < tokens; token++) {
          // What is to be removed: kk S.
          let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
          let s = S + tile;
          for (let key: usize = 0; key < head; key += 8) {
            let factor = v128.load32_splat(kkt + key);
            a0 = f32x4.add(a0, f32x4.mul(factor, v128.load(s)));
            a1 = f32x4.add(a1, f32x4.mul(factor, v128.load(s, 16)));
            s += head;
            factor = v128.load32_splat(kkt + key, 4);
            b0 = f32x4.add(b0, f32x4.mul(factor, v128.load(s)));
            b1 = f32x4.add(b1, f32x4.mul(factor, v128.load(s, 16)));
            s += head;
          }
          const removed0 = f32x4.add(a0, b0), removed1 = f32x4.add(a1, b1);

          const v0 = v128.load(vt), v1 = v128.load(vt, 16);
          a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
          s = S + tile;
          for (let key: usize = 0; key < head; key += 8) {
            let ww = v128.load32_splat(wt + key), ee = v128.load32_splat(et + key);
            let kv = v128.load32_splat(kt + key), rr = v128.load32_splat(rt + key);
            let s0 = f32x4.sub(f32x4.mul(ww, v128.load(s)), f32x4.mul(ee, removed0));
            let s1 = f32x4.sub(f32x4.mul(ww, v128.load(s, 16)), f32x4.mul(ee, removed1));
            s0 = f32x4.add(s0, f32x4.mul(kv, v0));
            s1 = f32x4.add(s1, f32x4.mul(kv, v1));
            v128.store(s, s0);
            v128.store(s, s1, 16);
            a0 = f32x4.add(a0, f32x4.mul(rr, s0));
            a1 = f32x4.add(a1, f32x4.mul(rr, s1));
            s += head;

            ww = v128.load32_splat(wt + key, 4), ee = v128.load32_splat(et + key, 4);
            kv = v128.load32_splat(kt + key, 4), rr = v128.load32_splat(rt + key, 4);
            s0 = f32x4.sub(f32x4.mul(ww, v128.load(s)), f32x4.mul(ee, removed0));
            s1 = f32x4.sub(f32x4.mul(ww, v128.load(s, 16)), f32x4.mul(ee, removed1));
            s0 = f32x4.add(s0, f32x4.mul(kv, v0));
            s1 = f32x4.add(s1, f32x4.mul(kv, v1));
            v128.store(s, s0);
            v128.store(s, s1, 16);
            b0 = f32x4.add(b0, f32x4.mul(rr, s0));
            b1 = f32x4.add(b1, f32x4.mul(rr, s1));
            s += head;
          }
          v128.store(yt, f32x4.add(a0, b0));
          v128.store(yt, f32x4.add(a1, b1), 16);
          rt += rStep;
          wt += wStep;
          kt += kStep;
          kkt += kkStep;
          et += editStep;
          vt += vStep;
          yt += bytes;
        }
      }
    }
  }
}
