import { pair, round, scaled, storePairs, storeUnit, sum4 } from "./whole";

/*
 * The same products as in linear_i8.ts, bit by bit, with the relaxed dot product. Its second operand must have 7 bits, or
 * hosts give different results; so activations come as digits from 0 to 127. What these are too large by, the sum of a row
 * tells, which is known beforehand:
 *
 *     w (digit - zero) = w digit - w zero
 *
 * Pairs of products fit 16 bits: 2 * 127 * 127 < 2^15. So nothing is left for hosts to decide.
 */

/** Bytes of W that stay in the caches while all tokens go by. */
const PANEL: usize = 65536;

/**
 * Rounds each row to digits from 0 to 127, in 8 bits. Their unit and the digit that stands for 0 come after them.
 *
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantize(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    const unit = y + (bytes >> 2);
    const factor = f32x4.splat(storeUnit(unit, x, x + bytes));
    const zero = i16x8.splat(<i16> load<i32>(unit, 4));
    for (let i: usize = 0; i < bytes; i += 64) {
      const low = i16x8.narrow_i32x4_s(round(v128.load(x + i), factor), round(v128.load(x + i, 16), factor));
      const high = i16x8.narrow_i32x4_s(round(v128.load(x + i, 32), factor), round(v128.load(x + i, 48), factor));
      // 127 at the most: what is larger becomes 127 here.
      v128.store(y + (i >> 2), i8x16.narrow_i16x8_s(i16x8.add(low, zero), i16x8.add(high, zero)));
    }
    y += yStep;
    x += xStep;
  }
}

export function linearI8(
  y: usize, yStep: usize, W: usize, scales: usize, groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: i32, end: i32,
): void {
  const bytes = columns << 2;
  const sums = scales + (<usize> groups << 4);
  const panel = max<i32>(1, <i32> (PANEL / bytes));
  for (let start = first; start < end; start += panel) {
    const last = min(start + panel, end);
    let at = x, out = y;
    let token = 0;
    for (; token + 3 < tokens; token += 4) {
      for (let group = start; group < last; group++) {
        const w = W + <usize> group * bytes, row = <usize> group << 4;
        const scale = v128.load(scales + row), sum = v128.load(sums + row);
        four(out + row, yStep, w, v128.shuffle<i32>(scale, scale, 0, 1, 0, 1), v128.shuffle<i32>(sum, sum, 0, 1, 0, 1), at, xStep, columns);
        four(out + row + 8, yStep, w + 32, v128.shuffle<i32>(scale, scale, 2, 3, 2, 3), v128.shuffle<i32>(sum, sum, 2, 3, 2, 3), at, xStep, columns);
      }
      at += xStep << 2;
      out += yStep << 2;
    }
    if (token + 1 < tokens) {
      for (let group = start; group < last; group++) {
        const row = <usize> group << 4;
        two(out + row, yStep, W + <usize> group * bytes, v128.load(scales + row), v128.load(sums + row), at, xStep, columns);
      }
      token += 2;
      at += xStep << 1;
      out += yStep << 1;
    }
    if (token < tokens) {
      for (let group = start; group < last; group++) {
        const row = <usize> group << 4;
        one(out + row, W + <usize> group * bytes, v128.load(scales + row), v128.load(sums + row), at, columns);
      }
    }
  }
}

/** Sixteen products, added in fours. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, w: v128, digits: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, digits, sum);
}

/** Sums of digits' products as numbers. */
// @ts-ignore: decorator
@inline
function result(products: v128, zero: v128, sum: v128, scale: v128, unit: v128): v128 {
  return scaled(i32x4.sub(products, i32x4.mul(zero, sum)), scale, unit);
}

/** Four outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, scale: v128, sum: v128, x: usize, columns: usize): void {
  // Two sums for each row: products wait for the ones before them.
  let a = i32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  const end = x + columns;
  for (const even = x + (columns & -32); x < even; x += 32, w += 128) {
    const digits = v128.load(x), next = v128.load(x, 16);
    a = dot(a, v128.load(w), digits), b = dot(b, v128.load(w, 16), digits);
    c = dot(c, v128.load(w, 32), digits), d = dot(d, v128.load(w, 48), digits);
    e = dot(e, v128.load(w, 64), next), f = dot(f, v128.load(w, 80), next);
    g = dot(g, v128.load(w, 96), next), h = dot(h, v128.load(w, 112), next);
  }
  if (x < end) {
    const digits = v128.load(x);
    a = dot(a, v128.load(w), digits), b = dot(b, v128.load(w, 16), digits);
    c = dot(c, v128.load(w, 32), digits), d = dot(d, v128.load(w, 48), digits);
  }
  const products = sum4(i32x4.add(a, e), i32x4.add(b, f), i32x4.add(c, g), i32x4.add(d, h));
  v128.store(y, result(products, v128.load32_splat(end, 4), sum, scale, v128.load32_splat(end)));
}

/** Four outputs of each of two tokens. */
// @ts-ignore: decorator
@inline
function two(y: usize, yStep: usize, w: usize, scale: v128, sum: v128, x: usize, xStep: usize, columns: usize): void {
  let a = i32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  let x1 = x + xStep;
  for (const end = x + columns; x < end; x += 16, x1 += 16, w += 64) {
    const digits = v128.load(x), next = v128.load(x1);
    let row = v128.load(w);
    a = dot(a, row, digits), e = dot(e, row, next);
    row = v128.load(w, 16);
    b = dot(b, row, digits), f = dot(f, row, next);
    row = v128.load(w, 32);
    c = dot(c, row, digits), g = dot(g, row, next);
    row = v128.load(w, 48);
    d = dot(d, row, digits), h = dot(h, row, next);
  }
  v128.store(y, result(sum4(a, b, c, d), v128.load32_splat(x, 4), sum, scale, v128.load32_splat(x)));
  v128.store(y + yStep, result(sum4(e, f, g, h), v128.load32_splat(x1, 4), sum, scale, v128.load32_splat(x1)));
}

/**
 * Two outputs of each of four tokens. What is loaded for eight products are six vectors; four outputs of each of four tokens
 * would be more sums than there are registers.
 *
 * @param w the first of two rows in a group
 * @param scale their units, twice
 * @param sum their sums, twice
 */
// @ts-ignore: decorator
@inline
function four(y: usize, yStep: usize, w: usize, scale: v128, sum: v128, x: usize, xStep: usize, columns: usize): void {
  let a = i32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  let x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
  for (const end = x + columns; x < end; x += 16, x1 += 16, x2 += 16, x3 += 16, w += 64) {
    const row = v128.load(w), next = v128.load(w, 16);
    let digits = v128.load(x);
    a = dot(a, row, digits), b = dot(b, next, digits);
    digits = v128.load(x1);
    c = dot(c, row, digits), d = dot(d, next, digits);
    digits = v128.load(x2);
    e = dot(e, row, digits), f = dot(f, next, digits);
    digits = v128.load(x3);
    g = dot(g, row, digits), h = dot(h, next, digits);
  }
  const first = result(sum4(a, b, c, d), pair(x + 4, x1 + 4), sum, scale, pair(x, x1));
  const second = result(sum4(e, f, g, h), pair(x2 + 4, x3 + 4), sum, scale, pair(x2, x3));
  storePairs(y, yStep, first, second);
}
