import { LOG_BYTES, RELAXED } from "./build";
import { scaled } from "./integers";
import { eightRows, GROUP, HALF, lowDigits, lowerUnits, lowestDigits, PANEL, UNITS_BYTES, upperUnits } from "./layout_i4";

/*
 * Products with weights in 4 bits: integers q from 0 to 15 that stand for q - 8, with a unit for every 32 columns of a row.
 * Activations are rounded to 8 bits, with a unit for the same 32 columns. A group's sum of integers is exact, so its order
 * does not matter; the sums of groups are added in the order of the columns.
 *
 * The plain build multiplies numbers of 16 bits: activations are stored in 16 bits, and digits are unpacked to 16.
 *
 * The relaxed build multiplies 8 bits by 7, in which hosts must agree: activations are stored in 8 bits, and digits are the
 * operand of 7. Pairs of products fit 16 bits (2 * 15 * 127 < 2^15), so nothing is left for hosts to decide.
 */

/** Bytes of eight quantised activations, and of a group of them. */
const EIGHT: usize = 8 << LOG_BYTES;
const GROUP_OF_X: usize = GROUP << LOG_BYTES;

/** y = W x for each token in the relaxed build: weights are unpacked once for four tokens. See `linearI4`. */
export function byFourTokens(
  y: usize, yStep: usize, W: usize, fours: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
): void {
  const bytes = eightRows(columns);
  const panel = max<i32>(2, <i32> (PANEL / bytes) << 1);
  for (let start = 0; start < fours; start += panel) {
    const end = min(start + panel, fours);
    const from = W + <usize> (start >> 1) * bytes;
    let at = x, out = y + (<usize> start << 4);
    let token = 0;
    for (; token + 3 < tokens; token += 4) {
      let w = from, to = out;
      let i = start;
      for (; i + 1 < end; i += 2, w += bytes, to += 32) eightOfFour(to, yStep, w, at, xStep, columns);
      if (i < end) {
        for (let one = 0; one < 4; one++) fourOfOne(to + <usize> one * yStep, w, at + <usize> one * xStep, columns);
      }
      at += xStep << 2;
      out += yStep << 2;
    }
    for (; token < tokens; token++) {
      let w = from, to = out;
      let i = start;
      for (; i + 1 < end; i += 2, w += bytes, to += 32) eightOfOne(to, w, at, columns);
      if (i < end) fourOfOne(to, w, at, columns);
      at += xStep;
      out += yStep;
    }
  }
}

/** y = W x for each token in the plain build, which has registers for two tokens. See `linearI4`. */
export function byTwoTokens(
  y: usize, yStep: usize, W: usize, fours: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
): void {
  const bytes = eightRows(columns);
  const panel = max<i32>(2, <i32> (PANEL / bytes) << 1);
  for (let start = 0; start < fours; start += panel) {
    const end = min(start + panel, fours);
    let at = x, out = y;
    let token = 0;
    for (; token + 1 < tokens; token += 2) {
      let w = W + <usize> (start >> 1) * bytes;
      for (let i = start; i < end; i++) {
        fourOfTwo(out + (<usize> i << 4), yStep, w, i & 1, at, xStep, columns);
        w += i & 1 ? bytes : 0;
      }
      at += xStep << 1;
      out += yStep << 1;
    }
    if (token < tokens) {
      let w = W + <usize> (start >> 1) * bytes;
      let i = start;
      for (; i + 1 < end; i += 2, w += bytes) eightOfOne(out + (<usize> i << 4), w, at, columns);
      if (i < end) fourOfOne(out + (<usize> i << 4), w, at, columns);
    }
  }
}

/** The products of a vector of unpacked digits and one of activations, added to sums: in pairs, or in fours. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, digits: v128, x: v128): v128 {
  return RELAXED ? i32x4.relaxed_dot_i8x16_i7x16_add_s(x, digits, sum) : i32x4.add(sum, i32x4.dot_i16x8_s(digits, x));
}

/** Relaxed build: the upper four bits of each byte, which are columns 4 to 7 of four rows. */
// @ts-ignore: decorator
@inline
function high(digits: v128, mask: v128): v128 {
  return v128.and(i16x8.shr_u(digits, 4), mask);
}

/** Plain build: the products of the eight columns of four rows in 16 bytes with pairs of activations. */
// @ts-ignore: decorator
@inline
function products(sum: v128, digits: v128, mask: v128, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  sum = dot(sum, v128.and(digits, mask), x0);
  sum = dot(sum, v128.and(i16x8.shr_u(digits, 8), mask), x1);
  sum = dot(sum, v128.and(i16x8.shr_u(digits, 4), mask), x2);
  return dot(sum, i16x8.shr_u(digits, 12), x3);
}

/** Plain build: the products of one token's next eight columns with unpacked digits. */
// @ts-ignore: decorator
@inline
function eightColumns(sum: v128, x: usize, d0: v128, d1: v128, d2: v128, d3: v128): v128 {
  const values = v128.load(x);
  sum = dot(sum, d0, v128.shuffle<i32>(values, values, 0, 0, 0, 0));
  sum = dot(sum, d1, v128.shuffle<i32>(values, values, 1, 1, 1, 1));
  sum = dot(sum, d2, v128.shuffle<i32>(values, values, 2, 2, 2, 2));
  return dot(sum, d3, v128.shuffle<i32>(values, values, 3, 3, 3, 3));
}

/** The products of one token's next eight columns with four rows. */
// @ts-ignore: decorator
@inline
function octet(sum: v128, digits: v128, mask: v128, x: usize): v128 {
  if (RELAXED) {
    sum = dot(sum, v128.and(digits, mask), v128.load32_splat(x));
    return dot(sum, high(digits, mask), v128.load32_splat(x, 4));
  }
  return eightColumns(
    sum, x, v128.and(digits, mask), v128.and(i16x8.shr_u(digits, 8), mask), v128.and(i16x8.shr_u(digits, 4), mask),
    i16x8.shr_u(digits, 12),
  );
}

/** Eight outputs of one token. */
// @ts-ignore: decorator
@inline
function eightOfOne(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(RELAXED ? lowDigits : lowestDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0);
  let unit = x + (columns << LOG_BYTES);
  for (const end = unit; x < end; unit += 8) {
    const units = v128.load(w);
    w += UNITS_BYTES;
    let a = v128.load32_splat(unit, 4), b = a;
    if (RELAXED) {
      for (const next = x + GROUP_OF_X; x < next; x += EIGHT, w += HALF << 1) {
        const first = v128.load32_splat(x), second = v128.load32_splat(x, 4);
        let digits = v128.load(w);
        a = dot(dot(a, v128.and(digits, mask), first), high(digits, mask), second);
        digits = v128.load(w, HALF);
        b = dot(dot(b, v128.and(digits, mask), first), high(digits, mask), second);
      }
    } else {
      for (const next = x + GROUP_OF_X; x < next; x += EIGHT << 1, w += HALF << 1) {
        let v = v128.load(x);
        let x0 = v128.shuffle<i32>(v, v, 0, 0, 0, 0), x1 = v128.shuffle<i32>(v, v, 1, 1, 1, 1);
        let x2 = v128.shuffle<i32>(v, v, 2, 2, 2, 2), x3 = v128.shuffle<i32>(v, v, 3, 3, 3, 3);
        a = products(a, v128.load(w), mask, x0, x1, x2, x3);
        b = products(b, v128.load(w, HALF), mask, x0, x1, x2, x3);
        w += HALF << 1;
        v = v128.load(x, EIGHT);
        x0 = v128.shuffle<i32>(v, v, 0, 0, 0, 0), x1 = v128.shuffle<i32>(v, v, 1, 1, 1, 1);
        x2 = v128.shuffle<i32>(v, v, 2, 2, 2, 2), x3 = v128.shuffle<i32>(v, v, 3, 3, 3, 3);
        a = products(a, v128.load(w), mask, x0, x1, x2, x3);
        b = products(b, v128.load(w, HALF), mask, x0, x1, x2, x3);
      }
    }
    const scale = v128.load32_splat(unit);
    total = f32x4.add(total, scaled(a, lowerUnits(units), scale));
    total1 = f32x4.add(total1, scaled(b, upperUnits(units), scale));
  }
  v128.store(y, total);
  v128.store(y, total1, 16);
}

/** The first four outputs of one token, of a group whose other four are not wanted. */
// @ts-ignore: decorator
@inline
function fourOfOne(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(RELAXED ? lowDigits : lowestDigits);
  let total = f32x4.splat(0);
  let unit = x + (columns << LOG_BYTES);
  for (const end = unit; x < end; unit += 8) {
    const scale = lowerUnits(v128.load(w));
    w += UNITS_BYTES;
    let sum = v128.load32_splat(unit, 4);
    for (const next = x + GROUP_OF_X; x < next; x += EIGHT, w += HALF << 1) sum = octet(sum, v128.load(w), mask, x);
    total = f32x4.add(total, scaled(sum, scale, v128.load32_splat(unit)));
  }
  v128.store(y, total);
}

/**
 * Plain build: four outputs of each of two tokens.
 *
 * @param half which four rows of the group
 */
// @ts-ignore: decorator
@inline
function fourOfTwo(y: usize, yStep: usize, w: usize, half: i32, x: usize, xStep: usize, columns: usize): void {
  const mask = i32x4.splat(lowestDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0);
  const toDigits = UNITS_BYTES + <usize> half * HALF, right = half << 4;
  let unit = x + (columns << 1);
  for (const end = unit; x < end; unit += 8) {
    const unit1 = unit + xStep;
    const scale = i32x4.shl(i32x4.shr_u(v128.load(w), right), 16);
    let a = v128.load32_splat(unit, 4), b = v128.load32_splat(unit1, 4);
    w += toDigits;
    for (const next = x + GROUP_OF_X; x < next; x += EIGHT, w += HALF << 1) {
      const digits = v128.load(w);
      const d0 = v128.and(digits, mask), d1 = v128.and(i16x8.shr_u(digits, 8), mask);
      const d2 = v128.and(i16x8.shr_u(digits, 4), mask), d3 = i16x8.shr_u(digits, 12);
      a = eightColumns(a, x, d0, d1, d2, d3);
      b = eightColumns(b, x + xStep, d0, d1, d2, d3);
    }
    w -= toDigits - UNITS_BYTES;
    total = f32x4.add(total, scaled(a, scale, v128.load32_splat(unit)));
    total1 = f32x4.add(total1, scaled(b, scale, v128.load32_splat(unit1)));
  }
  v128.store(y, total);
  v128.store(y + yStep, total1);
}

/**
 * Relaxed build: eight outputs of each of four tokens, so that weights are unpacked once for all four. The integer sums take
 * all registers, so the sums of groups are kept in memory.
 */
// @ts-ignore: decorator
@inline
function eightOfFour(y: usize, yStep: usize, w: usize, x: usize, xStep: usize, columns: usize): void {
  const mask = i32x4.splat(lowDigits);
  const y1 = y + yStep, y2 = y1 + yStep, y3 = y2 + yStep;
  clear(y), clear(y1), clear(y2), clear(y3);
  let x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
  let unit = x + columns;
  for (const end = unit; x < end; unit += 8) {
    const unit1 = unit + xStep, unit2 = unit1 + xStep, unit3 = unit2 + xStep;
    let a = v128.load32_splat(unit, 4), b = a;
    let c = v128.load32_splat(unit1, 4), d = c;
    let e = v128.load32_splat(unit2, 4), f = e;
    let g = v128.load32_splat(unit3, 4), h = g;
    const units = w;
    w += UNITS_BYTES;
    for (const next = x + GROUP_OF_X; x < next; x += EIGHT, x1 += EIGHT, x2 += EIGHT, x3 += EIGHT, w += HALF << 1) {
      const lower = v128.load(w), upper = v128.load(w, HALF);
      let row = v128.and(lower, mask), row1 = v128.and(upper, mask);
      let value = v128.load32_splat(x);
      a = dot(a, row, value), b = dot(b, row1, value);
      value = v128.load32_splat(x1);
      c = dot(c, row, value), d = dot(d, row1, value);
      value = v128.load32_splat(x2);
      e = dot(e, row, value), f = dot(f, row1, value);
      value = v128.load32_splat(x3);
      g = dot(g, row, value), h = dot(h, row1, value);

      row = high(lower, mask), row1 = high(upper, mask);
      value = v128.load32_splat(x, 4);
      a = dot(a, row, value), b = dot(b, row1, value);
      value = v128.load32_splat(x1, 4);
      c = dot(c, row, value), d = dot(d, row1, value);
      value = v128.load32_splat(x2, 4);
      e = dot(e, row, value), f = dot(f, row1, value);
      value = v128.load32_splat(x3, 4);
      g = dot(g, row, value), h = dot(h, row1, value);
    }
    const scale = v128.load(units), lower = lowerUnits(scale), upper = upperUnits(scale);
    accumulate(y, unit, lower, upper, a, b);
    accumulate(y1, unit1, lower, upper, c, d);
    accumulate(y2, unit2, lower, upper, e, f);
    accumulate(y3, unit3, lower, upper, g, h);
  }
}

// @ts-ignore: decorator
@inline
function clear(y: usize): void {
  v128.store(y, f32x4.splat(0));
  v128.store(y, f32x4.splat(0), 16);
}

/**
 * Adds a group's sums to a token's eight outputs.
 *
 * @param unit the unit of the activations
 * @param lower units of rows 0 to 3
 * @param upper units of rows 4 to 7
 */
// @ts-ignore: decorator
@inline
function accumulate(y: usize, unit: usize, lower: v128, upper: v128, sum: v128, sum1: v128): void {
  const scale = v128.load32_splat(unit);
  v128.store(y, f32x4.add(v128.load(y), scaled(sum, lower, scale)));
  v128.store(y, f32x4.add(v128.load(y, 16), scaled(sum1, upper, scale)), 16);
}
