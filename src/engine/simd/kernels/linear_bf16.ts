import { sum4 } from "./sums";

/*
 * Products with weights in bfloat16, which is the upper half of a float32. They are computed as in linear_f32.ts, so that
 * weights that are bfloat16 give the same bits in both.
 */

/** Bytes of W that stay in the caches while all tokens go by. */
const PANEL: usize = 65536;

/**
 * y = W x for each token.
 *
 * @param W as `packBf16` packs it
 * @param groups groups of four rows of W
 * @param xBytes bytes of a token that W is applied to, a multiple of 32
 */
export function linearBf16(
  y: usize, yStep: usize, W: usize, groups: i32, x: usize, xStep: usize, xBytes: usize, tokens: i32,
): void {
  const bytes = xBytes << 1;
  const panel = max<i32>(1, <i32> (PANEL / bytes));
  for (let start = 0; start < groups; start += panel) {
    const end = min(start + panel, groups);
    let at = x, out = y;
    let token = 0;
    for (; token + 1 < tokens; token += 2) {
      for (let group = start; group < end; group++) {
        two(out + (<usize> group << 4), yStep, W + <usize> group * bytes, at, xStep, xBytes);
      }
      at += xStep << 1;
      out += yStep << 1;
    }
    if (token < tokens) {
      for (let group = start; group < end; group++) {
        one(out + (<usize> group << 4), W + <usize> group * bytes, at, xBytes);
      }
    }
  }
}

/** The lower halves of pairs, as float32. */
// @ts-ignore: decorator
@inline
function low(pairs: v128): v128 {
  return i32x4.shl(pairs, 16);
}

/** The upper halves of pairs, as float32. */
// @ts-ignore: decorator
@inline
function high(pairs: v128): v128 {
  return v128.and(pairs, i32x4.splat(0xffff0000));
}

// @ts-ignore: decorator
@inline
function add(sum: v128, w: v128, x: v128): v128 {
  return f32x4.add(sum, f32x4.mul(w, x));
}

/** Four outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, x: usize, xBytes: usize): void {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  for (const end = x + xBytes; x < end; x += 32) {
    const first = v128.load(x), second = v128.load(x, 16);
    let row = v128.load(w);
    a = add(add(a, low(row), first), high(row), second);
    row = v128.load(w, 16);
    b = add(add(b, low(row), first), high(row), second);
    row = v128.load(w, 32);
    c = add(add(c, low(row), first), high(row), second);
    row = v128.load(w, 48);
    d = add(add(d, low(row), first), high(row), second);
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
  let x1 = x + xStep;
  for (const end = x + xBytes; x < end; x += 32, x1 += 32) {
    let value = v128.load(x), value1 = v128.load(x1);
    let weights = low(v128.load(w));
    a = add(a, weights, value), e = add(e, weights, value1);
    weights = low(v128.load(w, 16));
    b = add(b, weights, value), f = add(f, weights, value1);
    weights = low(v128.load(w, 32));
    c = add(c, weights, value), g = add(g, weights, value1);
    weights = low(v128.load(w, 48));
    d = add(d, weights, value), h = add(h, weights, value1);

    value = v128.load(x, 16), value1 = v128.load(x1, 16);
    weights = high(v128.load(w));
    a = add(a, weights, value), e = add(e, weights, value1);
    weights = high(v128.load(w, 16));
    b = add(b, weights, value), f = add(f, weights, value1);
    weights = high(v128.load(w, 32));
    c = add(c, weights, value), g = add(g, weights, value1);
    weights = high(v128.load(w, 48));
    d = add(d, weights, value), h = add(h, weights, value1);
    w += 64;
  }
  v128.store(y, sum4(a, b, c, d));
  v128.store(y + yStep, sum4(e, f, g, h));
}
