import { pair, round, scaled, storePairs, storeUnit, sum4 } from "./whole";

/*
 * Products with weights in 8 bits. Sums of whole numbers are exact, so their order does not matter, and instructions may
 * be chosen freely.
 */

/** Tokens whose activations stay in the caches while all weights go by. */
const BLOCK = 16;

/**
 * Rounds each row to digits from 0 to 127, and writes how far they are from the one that stands for 0, in 16 bits. Their unit
 * and that digit come after them.
 *
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantize(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    const unit = y + (bytes >> 1);
    const factor = f32x4.splat(storeUnit(unit, x, x + bytes));
    const most = i16x8.splat(<i16> (127 - load<i32>(unit, 4)));
    for (let i: usize = 0; i < bytes; i += 32) {
      const low = round(v128.load(x + i), factor);
      const high = round(v128.load(x + i, 16), factor);
      v128.store(y + (i >> 1), i16x8.min_s(i16x8.narrow_i32x4_s(low, high), most));
    }
    y += yStep;
    x += xStep;
  }
}

/**
 * y = W x for each token. W lies in groups of four rows; a group holds, for every 16 columns, those of each of its rows.
 *
 * @param scales the unit of each row of W
 * @param groups groups of four rows of W, of which those from `first` up to `end` are multiplied
 * @param x rows as `quantize` makes them
 * @param columns columns of W, a multiple of 16
 */
export function linearI8(
  y: usize, yStep: usize, W: usize, scales: usize, groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: i32, end: i32,
): void {
  for (let block = 0; block < tokens; block += BLOCK) {
    const last = min(block + BLOCK, tokens);
    for (let group = first; group < end; group++) {
      const w = W + <usize> group * (columns << 2);
      const scale = v128.load(scales + (<usize> group << 4));
      let at = x + <usize> block * xStep;
      let out = y + <usize> block * yStep + (<usize> group << 4);
      let token = block;
      for (; token + 3 < last; token += 4) {
        four(out, yStep, w, v128.shuffle<i32>(scale, scale, 0, 1, 0, 1), at, xStep, columns);
        four(out + 8, yStep, w + 32, v128.shuffle<i32>(scale, scale, 2, 3, 2, 3), at, xStep, columns);
        at += xStep << 2;
        out += yStep << 2;
      }
      for (; token + 1 < last; token += 2) {
        two(out, yStep, w, scale, at, xStep, columns);
        at += xStep << 1;
        out += yStep << 1;
      }
      if (token < last) one(out, w, scale, at, columns);
    }
  }
}

/** Eight products, added in pairs. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, weights: v128, x: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(weights, x));
}

/** Four outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, scale: v128, x: usize, columns: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  for (const end = x + (columns << 1); x < end; x += 32) {
    const low = v128.load(x), high = v128.load(x, 16);
    a = dot(dot(a, v128.load_ext<i8>(w), low), v128.load_ext<i8>(w, 8), high);
    b = dot(dot(b, v128.load_ext<i8>(w, 16), low), v128.load_ext<i8>(w, 24), high);
    c = dot(dot(c, v128.load_ext<i8>(w, 32), low), v128.load_ext<i8>(w, 40), high);
    d = dot(dot(d, v128.load_ext<i8>(w, 48), low), v128.load_ext<i8>(w, 56), high);
    w += 64;
  }
  v128.store(y, scaled(sum4(a, b, c, d), scale, v128.load32_splat(x)));
}

/** Four outputs of each of two tokens. */
// @ts-ignore: decorator
@inline
function two(y: usize, yStep: usize, w: usize, scale: v128, x: usize, xStep: usize, columns: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let second = x + xStep;
  for (const end = x + (columns << 1); x < end; x += 32, second += 32) {
    const low = v128.load(x), high = v128.load(x, 16);
    const low2 = v128.load(second), high2 = v128.load(second, 16);
    let row = v128.load_ext<i8>(w);
    a = dot(a, row, low), e = dot(e, row, low2);
    row = v128.load_ext<i8>(w, 8);
    a = dot(a, row, high), e = dot(e, row, high2);
    row = v128.load_ext<i8>(w, 16);
    b = dot(b, row, low), f = dot(f, row, low2);
    row = v128.load_ext<i8>(w, 24);
    b = dot(b, row, high), f = dot(f, row, high2);
    row = v128.load_ext<i8>(w, 32);
    c = dot(c, row, low), g = dot(g, row, low2);
    row = v128.load_ext<i8>(w, 40);
    c = dot(c, row, high), g = dot(g, row, high2);
    row = v128.load_ext<i8>(w, 48);
    d = dot(d, row, low), h = dot(h, row, low2);
    row = v128.load_ext<i8>(w, 56);
    d = dot(d, row, high), h = dot(h, row, high2);
    w += 64;
  }
  v128.store(y, scaled(sum4(a, b, c, d), scale, v128.load32_splat(x)));
  v128.store(y + yStep, scaled(sum4(e, f, g, h), scale, v128.load32_splat(second)));
}

/**
 * Two outputs of each of four tokens: weights are widened for four products instead of two.
 *
 * @param w the first of two rows in a group
 * @param scale their units, twice
 */
// @ts-ignore: decorator
@inline
function four(y: usize, yStep: usize, w: usize, scale: v128, x: usize, xStep: usize, columns: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
  for (const end = x + (columns << 1); x < end; x += 32, x1 += 32, x2 += 32, x3 += 32) {
    let row = v128.load_ext<i8>(w), next = v128.load_ext<i8>(w, 16);
    let value = v128.load(x);
    a = dot(a, row, value), b = dot(b, next, value);
    value = v128.load(x1);
    c = dot(c, row, value), d = dot(d, next, value);
    value = v128.load(x2);
    e = dot(e, row, value), f = dot(f, next, value);
    value = v128.load(x3);
    g = dot(g, row, value), h = dot(h, next, value);

    row = v128.load_ext<i8>(w, 8), next = v128.load_ext<i8>(w, 24);
    value = v128.load(x, 16);
    a = dot(a, row, value), b = dot(b, next, value);
    value = v128.load(x1, 16);
    c = dot(c, row, value), d = dot(d, next, value);
    value = v128.load(x2, 16);
    e = dot(e, row, value), f = dot(f, next, value);
    value = v128.load(x3, 16);
    g = dot(g, row, value), h = dot(h, next, value);
    w += 64;
  }
  const first = scaled(sum4(a, b, c, d), scale, pair(x, x1));
  const second = scaled(sum4(e, f, g, h), scale, pair(x2, x3));
  storePairs(y, yStep, first, second);
}
