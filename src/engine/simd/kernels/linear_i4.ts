import { eightRows, GROUP, HALF, lowerUnits, lowestDigits, PANEL, storeGroup, UNITS_BYTES, upperUnits } from "./layout_i4";
import { factorOf, largest, round, scaled } from "./whole";

/*
 * Products with weights in 4 bits: whole numbers q from 0 to 15 that stand for q - 8, with a unit for every 32 columns of a
 * row. Activations are rounded to 8 bits, with a unit for the same 32 columns. A group's sum of whole numbers is exact, so
 * that its order does not matter; sums of groups are added in the order of the columns.
 */

/**
 * Rounds every 32 numbers of a row to whole ones of which the largest is 127, in 16 bits. Of every four, the first and the
 * third come first, since that is how weights are unpacked. After them come each group's unit and -8 times its sum.
 *
 * @param bytes bytes of a row of x, a multiple of 128
 */
export function quantizeGroups(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    let to = y, unit = y + (bytes >> 1);
    for (let i: usize = 0; i < bytes; i += GROUP << 2) {
      const max = largest(x + i, x + i + (GROUP << 2));
      const factor = f32x4.splat(factorOf(max, 127));
      let sums = i32x4.splat(0);
      for (let at = x + i, end = at + (GROUP << 2); at < end; at += 32) {
        const eight = i16x8.narrow_i32x4_s(round(v128.load(at), factor), round(v128.load(at, 16), factor));
        v128.store(to, v128.shuffle<i16>(eight, eight, 0, 2, 1, 3, 4, 6, 5, 7));
        sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(eight));
        to += 16;
      }
      storeGroup(unit, max, sums);
      unit += 8;
    }
    y += yStep;
    x += xStep;
  }
}

/**
 * y = W x for each token.
 *
 * @param W as `packI4` packs it
 * @param fours groups of four outputs, of which two are a group of W
 * @param x rows as `quantizeGroups` makes them
 * @param columns columns of W, a multiple of 32
 */
export function linearI4(
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
        two(out + (<usize> i << 4), yStep, w, i & 1, at, xStep, columns);
        w += i & 1 ? bytes : 0;
      }
      at += xStep << 1;
      out += yStep << 1;
    }
    if (token < tokens) {
      let w = W + <usize> (start >> 1) * bytes;
      let i = start;
      for (; i + 1 < end; i += 2, w += bytes) eight(out + (<usize> i << 4), w, at, columns);
      if (i < end) one(out + (<usize> i << 4), w, at, columns);
    }
  }
}

/** Eight products, added in pairs: of two columns of each of four rows. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, digits: v128, x: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(digits, x));
}

/** The products of the eight columns of four rows that 16 bytes are. */
// @ts-ignore: decorator
@inline
function products(sum: v128, digits: v128, mask: v128, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  sum = dot(sum, v128.and(digits, mask), x0);
  sum = dot(sum, v128.and(i16x8.shr_u(digits, 8), mask), x1);
  sum = dot(sum, v128.and(i16x8.shr_u(digits, 4), mask), x2);
  return dot(sum, i16x8.shr_u(digits, 12), x3);
}

/** The products of one token's next eight columns with digits that are unpacked. */
// @ts-ignore: decorator
@inline
function eightColumns(sum: v128, x: usize, d0: v128, d1: v128, d2: v128, d3: v128): v128 {
  const values = v128.load(x);
  sum = dot(sum, d0, v128.shuffle<i32>(values, values, 0, 0, 0, 0));
  sum = dot(sum, d1, v128.shuffle<i32>(values, values, 1, 1, 1, 1));
  sum = dot(sum, d2, v128.shuffle<i32>(values, values, 2, 2, 2, 2));
  return dot(sum, d3, v128.shuffle<i32>(values, values, 3, 3, 3, 3));
}

/** Eight outputs of one token. */
// @ts-ignore: decorator
@inline
function eight(y: usize, w: usize, x: usize, columns: usize): void {
  const mask = i32x4.splat(lowestDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0);
  let unit = x + (columns << 1);
  for (const end = unit; x < end; unit += 8) {
    const units = v128.load(w);
    w += UNITS_BYTES;
    let a = v128.load32_splat(unit, 4), b = a;
    for (const next = x + (GROUP << 1); x < next; x += 32, w += HALF << 1) {
      let v = v128.load(x);
      let x0 = v128.shuffle<i32>(v, v, 0, 0, 0, 0), x1 = v128.shuffle<i32>(v, v, 1, 1, 1, 1);
      let x2 = v128.shuffle<i32>(v, v, 2, 2, 2, 2), x3 = v128.shuffle<i32>(v, v, 3, 3, 3, 3);
      a = products(a, v128.load(w), mask, x0, x1, x2, x3);
      b = products(b, v128.load(w, HALF), mask, x0, x1, x2, x3);
      w += HALF << 1;
      v = v128.load(x, 16);
      x0 = v128.shuffle<i32>(v, v, 0, 0, 0, 0), x1 = v128.shuffle<i32>(v, v, 1, 1, 1, 1);
      x2 = v128.shuffle<i32>(v, v, 2, 2, 2, 2), x3 = v128.shuffle<i32>(v, v, 3, 3, 3, 3);
      a = products(a, v128.load(w), mask, x0, x1, x2, x3);
      b = products(b, v128.load(w, HALF), mask, x0, x1, x2, x3);
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
  const mask = i32x4.splat(lowestDigits);
  let total = f32x4.splat(0);
  let unit = x + (columns << 1);
  for (const end = unit; x < end; unit += 8) {
    const scale = lowerUnits(v128.load(w));
    w += UNITS_BYTES;
    let sum = v128.load32_splat(unit, 4);
    for (const next = x + (GROUP << 1); x < next; x += 16, w += HALF << 1) sum = octet(sum, v128.load(w), mask, x);
    total = f32x4.add(total, scaled(sum, scale, v128.load32_splat(unit)));
  }
  v128.store(y, total);
}

/** The products of one token's next eight columns. */
// @ts-ignore: decorator
@inline
function octet(sum: v128, digits: v128, mask: v128, x: usize): v128 {
  return eightColumns(
    sum, x, v128.and(digits, mask), v128.and(i16x8.shr_u(digits, 8), mask), v128.and(i16x8.shr_u(digits, 4), mask),
    i16x8.shr_u(digits, 12),
  );
}

/**
 * Four outputs of each of two tokens.
 *
 * @param half which four rows of the group
 */
// @ts-ignore: decorator
@inline
function two(y: usize, yStep: usize, w: usize, half: i32, x: usize, xStep: usize, columns: usize): void {
  const mask = i32x4.splat(lowestDigits);
  let total = f32x4.splat(0), total1 = f32x4.splat(0);
  const toDigits = UNITS_BYTES + <usize> half * HALF, right = half << 4;
  let unit = x + (columns << 1);
  for (const end = unit; x < end; unit += 8) {
    const unit1 = unit + xStep;
    const scale = i32x4.shl(i32x4.shr_u(v128.load(w), right), 16);
    let a = v128.load32_splat(unit, 4), b = v128.load32_splat(unit1, 4);
    w += toDigits;
    for (const next = x + (GROUP << 1); x < next; x += 16, w += HALF << 1) {
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
