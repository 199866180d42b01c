import { eightRows, GROUP, HALF, lowDigits, lowerUnits, PANEL, storeGroup, UNITS_BYTES, upperUnits } from "./layout_i4";
import { factorOf, largest, round, scaled } from "./whole";

/*
 * The same products as in linear_i4.ts, bit by bit, with the relaxed dot product. Its second operand must have 7 bits, or
 * hosts give different results: weights have four. Pairs of products fit 16 bits: 2 * 15 * 127 < 2^15.
 */

/**
 * Rounds every 32 numbers of a row to whole ones of which the largest is 127, in 8 bits. After them come each group's unit
 * and -8 times its sum.
 *
 * @param bytes bytes of a row of x, a multiple of 128
 */
export function quantizeGroups(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    let to = y, unit = y + (bytes >> 2);
    for (let i: usize = 0; i < bytes; i += GROUP << 2) {
      const max = largest(x + i, x + i + (GROUP << 2));
      const factor = f32x4.splat(factorOf(max, 127));
      let sums = i32x4.splat(0);
      for (let at = x + i, end = at + (GROUP << 2); at < end; at += 64) {
        const low = i16x8.narrow_i32x4_s(round(v128.load(at), factor), round(v128.load(at, 16), factor));
        const high = i16x8.narrow_i32x4_s(round(v128.load(at, 32), factor), round(v128.load(at, 48), factor));
        v128.store(to, i8x16.narrow_i16x8_s(low, high));
        sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.add(low, high)));
        to += 16;
      }
      storeGroup(unit, max, sums);
      unit += 8;
    }
    y += yStep;
    x += xStep;
  }
}

export function linearI4(
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
      for (; i + 1 < end; i += 2, w += bytes, to += 32) four(to, yStep, w, at, xStep, columns);
      if (i < end) {
        for (let one = 0; one < 4; one++) half(to + <usize> one * yStep, w, at + <usize> one * xStep, columns);
      }
      at += xStep << 2;
      out += yStep << 2;
    }
    for (; token < tokens; token++) {
      let w = from, to = out;
      let i = start;
      for (; i + 1 < end; i += 2, w += bytes, to += 32) one(to, w, at, columns);
      if (i < end) half(to, w, at, columns);
      at += xStep;
      out += yStep;
    }
  }
}

/** Sixteen products, added in fours: of the same four columns of each of four rows. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, digits: v128, x: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(x, digits, sum);
}

// @ts-ignore: decorator
@inline
function high(digits: v128, mask: v128): v128 {
  return v128.and(i16x8.shr_u(digits, 4), mask);
}

/** Eight outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(lowDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0);
  let unit = x + columns;
  for (const end = unit; x < end; unit += 8) {
    const units = v128.load(w);
    w += UNITS_BYTES;
    let a = v128.load32_splat(unit, 4), b = a;
    for (const next = x + GROUP; x < next; x += 8, w += HALF << 1) {
      const first = v128.load32_splat(x), second = v128.load32_splat(x, 4);
      let digits = v128.load(w);
      a = dot(dot(a, v128.and(digits, mask), first), high(digits, mask), second);
      digits = v128.load(w, HALF);
      b = dot(dot(b, v128.and(digits, mask), first), high(digits, mask), second);
    }
    const scale = v128.load32_splat(unit);
    total = f32x4.add(total, scaled(a, lowerUnits(units), scale));
    total1 = f32x4.add(total1, scaled(b, upperUnits(units), scale));
  }
  v128.store(y, total);
  v128.store(y, total1, 16);
}

/** The first four outputs of a group of which no others are wanted, of one token. */
function half(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(lowDigits);
  let total = f32x4.splat(0);
  let unit = x + columns;
  for (const end = unit; x < end; unit += 8) {
    const units = v128.load(w);
    w += UNITS_BYTES;
    let sum = v128.load32_splat(unit, 4);
    for (const next = x + GROUP; x < next; x += 8, w += HALF << 1) {
      const digits = v128.load(w);
      sum = dot(sum, v128.and(digits, mask), v128.load32_splat(x));
      sum = dot(sum, high(digits, mask), v128.load32_splat(x, 4));
    }
    total = f32x4.add(total, scaled(sum, lowerUnits(units), v128.load32_splat(unit)));
  }
  v128.store(y, total);
}

/**
 * Eight outputs of each of four tokens: weights are unpacked once for all. Registers hold the sums of whole numbers, so that
 * those of groups are added in memory.
 */
// @ts-ignore: decorator
@inline
function four(y: usize, yStep: usize, w: usize, x: usize, xStep: usize, columns: usize): void {
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
    for (const next = x + GROUP; x < next; x += 8, x1 += 8, x2 += 8, x3 += 8, w += HALF << 1) {
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

/** Adds a group's sums, of eight rows of which there are the units, to the outputs of a token. */
// @ts-ignore: decorator
@inline
function accumulate(y: usize, unit: usize, lower: v128, upper: v128, sum: v128, sum1: v128): void {
  const scale = v128.load32_splat(unit);
  v128.store(y, f32x4.add(v128.load(y), scaled(sum, lower, scale)));
  v128.store(y, f32x4.add(v128.load(y, 16), scaled(sum1, upper, scale)), 16);
}
