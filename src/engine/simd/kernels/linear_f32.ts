import { sum4 } from "./sums";

/** Tokens whose activations stay in the caches while all weights go by. */
const BLOCK = 16;

/**
 * y = W x for each token. W lies in groups of four rows; a group holds, for every four columns, those of each of its rows.
 * So weights are read as one stream, once for each block of tokens.
 *
 * Each output is four sums over every fourth column, added up at the end, however many tokens there are.
 *
 * @param groups groups of four rows of W
 * @param xBytes bytes of a token that W is applied to
 */
export function linearF32(
  y: usize, yStep: usize, W: usize, groups: i32, x: usize, xStep: usize, xBytes: usize, tokens: i32,
): void {
  for (let block = 0; block < tokens; block += BLOCK) {
    const end = min(block + BLOCK, tokens);
    for (let group = 0; group < groups; group++) {
      const w = W + <usize> group * (xBytes << 2);
      let at = x + <usize> block * xStep;
      let out = y + <usize> block * yStep + (<usize> group << 4);
      let token = block;
      for (; token + 1 < end; token += 2) {
        two(out, yStep, w, at, xStep, xBytes);
        at += xStep << 1;
        out += yStep << 1;
      }
      if (token < end) one(out, w, at, xBytes);
    }
  }
}

/** Four outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, x: usize, xBytes: usize): void {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  for (const end = x + xBytes; x < end; x += 16) {
    const value = v128.load(x);
    a = f32x4.add(a, f32x4.mul(v128.load(w), value));
    b = f32x4.add(b, f32x4.mul(v128.load(w, 16), value));
    c = f32x4.add(c, f32x4.mul(v128.load(w, 32), value));
    d = f32x4.add(d, f32x4.mul(v128.load(w, 48), value));
    w += 64;
  }
  v128.store(y, sum4(a, b, c, d));
}

/** Four outputs of each of two tokens. */
// @ts-ignore: decorator
@inline
function two(y: usize, yStep: usize, w: usize, x: usize, xStep: usize, xBytes: usize): void {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  let e = f32x4.splat(0), f = f32x4.splat(0), g = f32x4.splat(0), h = f32x4.splat(0);
  for (const end = x + xBytes; x < end; x += 16) {
    const first = v128.load(x), second = v128.load(x + xStep);
    let row = v128.load(w);
    a = f32x4.add(a, f32x4.mul(row, first));
    e = f32x4.add(e, f32x4.mul(row, second));
    row = v128.load(w, 16);
    b = f32x4.add(b, f32x4.mul(row, first));
    f = f32x4.add(f, f32x4.mul(row, second));
    row = v128.load(w, 32);
    c = f32x4.add(c, f32x4.mul(row, first));
    g = f32x4.add(g, f32x4.mul(row, second));
    row = v128.load(w, 48);
    d = f32x4.add(d, f32x4.mul(row, first));
    h = f32x4.add(h, f32x4.mul(row, second));
    w += 64;
  }
  v128.store(y, sum4(a, b, c, d));
  v128.store(y + yStep, sum4(e, f, g, h));
}
