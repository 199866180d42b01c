import { factorOf, largest, round, scaled, sum4 } from "./whole";

/*
 * The same products as in linear_i8.ts, bit by bit, with the relaxed dot product. Its second operand must have 7 bits, or
 * hosts give different results; so activations, which have 14, come in two digits, both at least 0:
 *
 *     w q = 128 (w high) + (w low) - 8192 w,    q + 8192 = 128 high + low
 *
 * With them, pairs of products fit 16 bits: 2 * 127 * 127 < 2^15. So nothing is left for hosts to decide.
 */

/** Bytes of W that stay in the caches while all tokens go by. */
const PANEL: usize = 65536;

/**
 * Rounds each row to whole numbers of which the largest is `limit`, at most 8191, and puts their unit after them. For every
 * 16 columns there are 16 high digits, and then 16 low ones. If a number is none, the unit is none either.
 *
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantize(
  y: usize, yStep: usize, x: usize, xStep: usize, limit: f32, rows: i32, bytes: usize,
): void {
  const offset = i16x8.splat(8192), mask = i16x8.splat(127);
  for (let row = 0; row < rows; row++) {
    const max = largest(x, x + bytes);
    const known = max < Infinity; // otherwise the whole numbers do not matter, but are not to be left open
    const factor = f32x4.splat(factorOf(max, limit));
    for (let i: usize = 0; i < bytes; i += 64) {
      const a = round(v128.load(x + i), factor);
      const b = round(v128.load(x + i, 16), factor);
      const c = round(v128.load(x + i, 32), factor);
      const d = round(v128.load(x + i, 48), factor);
      const first = i16x8.add(i16x8.narrow_i32x4_s(a, b), offset);
      const second = i16x8.add(i16x8.narrow_i32x4_s(c, d), offset);
      const at = y + (i >> 1);
      v128.store(at, i8x16.narrow_i16x8_u(i16x8.shr_u(first, 7), i16x8.shr_u(second, 7)));
      v128.store(at, i8x16.narrow_i16x8_u(v128.and(first, mask), v128.and(second, mask)), 16);
    }
    store<f32>(y + (bytes >> 1), known ? max / limit : NaN);
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
    for (; token + 1 < tokens; token += 2) {
      for (let group = start; group < last; group++) {
        const w = W + <usize> group * bytes, row = <usize> group << 4;
        const scale = v128.load(scales + row), sum = v128.load(sums + row);
        two(out + row, yStep, w, v128.shuffle<i32>(scale, scale, 0, 1, 0, 1), v128.shuffle<i32>(sum, sum, 0, 1, 0, 1), at, xStep, columns);
        two(out + row + 8, yStep, w + 32, v128.shuffle<i32>(scale, scale, 2, 3, 2, 3), v128.shuffle<i32>(sum, sum, 2, 3, 2, 3), at, xStep, columns);
      }
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

// @ts-ignore: decorator
@inline
function dot(w: v128, x: v128, sum: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum);
}

/** 128 high + low. */
// @ts-ignore: decorator
@inline
function join(high: v128, low: v128): v128 {
  return i32x4.add(i32x4.shl(high, 7), low);
}

/** Four outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, scale: v128, sum: v128, x: usize, columns: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  for (const end = x + (columns << 1); x < end; x += 32) {
    const high = v128.load(x), low = v128.load(x, 16);
    let row = v128.load(w);
    a = dot(row, high, a), e = dot(row, low, e);
    row = v128.load(w, 16);
    b = dot(row, high, b), f = dot(row, low, f);
    row = v128.load(w, 32);
    c = dot(row, high, c), g = dot(row, low, g);
    row = v128.load(w, 48);
    d = dot(row, high, d), h = dot(row, low, h);
    w += 64;
  }
  const total = i32x4.add(sum4(join(a, e), join(b, f), join(c, g), join(d, h)), sum);
  v128.store(y, scaled(total, scale, v128.load32_splat(x)));
}

/** Two outputs of each of two tokens. */
// @ts-ignore: decorator
@inline
function two(y: usize, yStep: usize, w: usize, scale: v128, sum: v128, x: usize, xStep: usize, columns: usize): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let x1 = x + xStep;
  for (const end = x + (columns << 1); x < end; x += 32, x1 += 32) {
    const row = v128.load(w), next = v128.load(w, 16);
    let value = v128.load(x);
    a = dot(row, value, a), b = dot(next, value, b);
    value = v128.load(x, 16);
    e = dot(row, value, e), f = dot(next, value, f);
    value = v128.load(x1);
    c = dot(row, value, c), d = dot(next, value, d);
    value = v128.load(x1, 16);
    g = dot(row, value, g), h = dot(next, value, h);
    w += 64;
  }
  const total = i32x4.add(sum4(join(a, e), join(b, f), join(c, g), join(d, h)), sum);
  const result = scaled(total, scale, v128.shuffle<f32>(v128.load32_splat(x), v128.load32_splat(x1), 0, 1, 4, 5));
  v128.store64_lane(y, result, 0);
  v128.store64_lane(y + yStep, result, 1);
}
