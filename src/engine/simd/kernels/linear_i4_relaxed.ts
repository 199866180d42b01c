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
    let at = x, out = y;
    let token = 0;
    for (; token + 3 < tokens; token += 4) {
      let w = W + <usize> (start >> 1) * bytes;
      for (let i = start; i < end; i++) {
        four(out + (<usize> i << 4), yStep, w, i & 1, at, xStep, columns);
        w += i & 1 ? bytes : 0;
      }
      at += xStep << 2;
      out += yStep << 2;
    }
    for (; token < tokens; token++) {
      let w = W + <usize> (start >> 1) * bytes;
      let i = start;
      for (; i + 1 < end; i += 2, w += bytes) eight(out + (<usize> i << 4), w, at, columns);
      if (i < end) one(out + (<usize> i << 4), w, at, columns);
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
function eight(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(lowDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0);
  let unit = x + columns;
  for (const end = unit; x < end; unit += 8) {
    const units = v128.load(w);
    w += UNITS_BYTES;
    let a = v128.load32_splat(unit, 4), b = a;
    for (const next = x + GROUP; x < next; x += 16, w += HALF << 1) {
      const values = v128.load(x);
      let first = v128.shuffle<i32>(values, values, 0, 0, 0, 0), second = v128.shuffle<i32>(values, values, 1, 1, 1, 1);
      let digits = v128.load(w);
      a = dot(dot(a, v128.and(digits, mask), first), high(digits, mask), second);
      digits = v128.load(w, HALF);
      b = dot(dot(b, v128.and(digits, mask), first), high(digits, mask), second);
      first = v128.shuffle<i32>(values, values, 2, 2, 2, 2), second = v128.shuffle<i32>(values, values, 3, 3, 3, 3);
      digits = v128.load(w, 16);
      a = dot(dot(a, v128.and(digits, mask), first), high(digits, mask), second);
      digits = v128.load(w, HALF + 16);
      b = dot(dot(b, v128.and(digits, mask), first), high(digits, mask), second);
    }
    const scale = v128.load32_splat(unit);
    total = f32x4.add(total, scaled(a, lowerUnits(units), scale));
    total1 = f32x4.add(total1, scaled(b, upperUnits(units), scale));
  }
  v128.store(y, total);
  v128.store(y, total1, 16);
}

/** The first four outputs of a group of which no others are wanted. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(lowDigits);
  let total = f32x4.splat(0);
  let unit = x + columns;
  for (const end = unit; x < end; unit += 8) {
    const units = v128.load(w);
    w += UNITS_BYTES;
    let sum = v128.load32_splat(unit, 4);
    for (const next = x + GROUP; x < next; x += 16, w += HALF << 1) {
      const even = v128.load(w), odd = v128.load(w, 16);
      sum = sixteen(sum, x, v128.and(even, mask), high(even, mask), v128.and(odd, mask), high(odd, mask));
    }
    total = f32x4.add(total, scaled(sum, lowerUnits(units), v128.load32_splat(unit)));
  }
  v128.store(y, total);
}

/**
 * Four outputs of each of four tokens: weights are unpacked once for all.
 *
 * @param half which four rows of the group
 */
// @ts-ignore: decorator
@inline
function four(y: usize, yStep: usize, w: usize, half: i32, x: usize, xStep: usize, columns: usize): void {
  const mask = i32x4.splat(lowDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0), total2 = f32x4.splat(0), total3 = f32x4.splat(0);
  const xStep2 = xStep << 1, xStep3 = xStep * 3;
  const toDigits = UNITS_BYTES + <usize> half * HALF, right = half << 4;
  let unit = x + columns;
  for (const end = unit; x < end; unit += 8) {
    const unit1 = unit + xStep, unit2 = unit + xStep2, unit3 = unit + xStep3;
    const scale = i32x4.shl(i32x4.shr_u(v128.load(w), right), 16);
    let a = v128.load32_splat(unit, 4), b = v128.load32_splat(unit1, 4);
    let c = v128.load32_splat(unit2, 4), d = v128.load32_splat(unit3, 4);
    w += toDigits;
    for (const next = x + GROUP; x < next; x += 16, w += HALF << 1) {
      const even = v128.load(w), odd = v128.load(w, 16);
      const w0 = v128.and(even, mask), w1 = high(even, mask), w2 = v128.and(odd, mask), w3 = high(odd, mask);
      a = sixteen(a, x, w0, w1, w2, w3);
      b = sixteen(b, x + xStep, w0, w1, w2, w3);
      c = sixteen(c, x + xStep2, w0, w1, w2, w3);
      d = sixteen(d, x + xStep3, w0, w1, w2, w3);
    }
    w -= toDigits - UNITS_BYTES;
    total = f32x4.add(total, scaled(a, scale, v128.load32_splat(unit)));
    total1 = f32x4.add(total1, scaled(b, scale, v128.load32_splat(unit1)));
    total2 = f32x4.add(total2, scaled(c, scale, v128.load32_splat(unit2)));
    total3 = f32x4.add(total3, scaled(d, scale, v128.load32_splat(unit3)));
  }
  v128.store(y, total);
  v128.store(y + yStep, total1);
  v128.store(y + (yStep << 1), total2);
  v128.store(y + yStep * 3, total3);
}

/** The products of one token's next sixteen columns. */
// @ts-ignore: decorator
@inline
function sixteen(sum: v128, x: usize, w0: v128, w1: v128, w2: v128, w3: v128): v128 {
  const values = v128.load(x);
  sum = dot(sum, w0, v128.shuffle<i32>(values, values, 0, 0, 0, 0));
  sum = dot(sum, w1, v128.shuffle<i32>(values, values, 1, 1, 1, 1));
  sum = dot(sum, w2, v128.shuffle<i32>(values, values, 2, 2, 2, 2));
  return dot(sum, w3, v128.shuffle<i32>(values, values, 3, 3, 3, 3));
}
