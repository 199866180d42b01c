/** 1.5 times 2^23: numbers around it are whole. */
export const WHOLE: f32 = 12582912;

/** The nearest whole numbers to x factor, if they are below 2^22. */
// @ts-ignore: decorator
@inline
export function round(x: v128, factor: v128): v128 {
  const whole = f32x4.splat(WHOLE);
  return i32x4.sub(f32x4.add(f32x4.mul(x, factor), whole), whole);
}

/** The largest of the absolute values, or NaN if a number is none, of a row whose length is a multiple of 16 bytes. */
// @ts-ignore: decorator
@inline
export function largest(x: usize, end: usize): f32 {
  // Without their signs, numbers are ordered as their bits are, and what is no number is the largest.
  let max4 = i32x4.splat(0);
  for (; x < end; x += 16) max4 = i32x4.max_s(max4, f32x4.abs(v128.load(x)));
  max4 = i32x4.max_s(max4, v128.shuffle<i32>(max4, max4, 2, 3, 0, 1));
  max4 = i32x4.max_s(max4, v128.shuffle<i32>(max4, max4, 1, 0, 3, 2));
  return f32x4.extract_lane(max4, 0);
}

/** Numbers below are taken for 0: what they would have to be multiplied by is too large for a float32. */
const TINY: f32 = 1e-30;

/** Activations of int8 are rounded to digits from 0 to this, which are all that 7 bits hold. */
const TOP: f32 = 127;

/**
 * Finds what digits stand for numbers: about (digit - zero) unit. Stores the unit and, 4 bytes after it, the zero. The unit
 * is as small as lets digits reach from the lowest number to the highest and to 0, which has a digit of its own; it is NaN
 * if a number is none, or too large.
 *
 * @param x numbers, a multiple of four
 * @returns what makes numbers multiples of the unit
 */
export function storeUnit(to: usize, x: usize, end: usize): f32 {
  let low = f32x4.splat(0), high = low, max4 = low;
  let low2 = low, high2 = low, max2 = low;
  // Two of each: what waits for the one before it would take most of the time.
  for (const even = x + ((end - x) & -32); x < even; x += 32) {
    const value = v128.load(x), next = v128.load(x, 16);
    low = f32x4.pmin(low, value), low2 = f32x4.pmin(low2, next); // what is no number is left out of both
    high = f32x4.pmax(high, value), high2 = f32x4.pmax(high2, next);
    max4 = i32x4.max_s(max4, f32x4.abs(value)), max2 = i32x4.max_s(max2, f32x4.abs(next)); // see `largest`
  }
  if (x < end) {
    const value = v128.load(x);
    low = f32x4.pmin(low, value);
    high = f32x4.pmax(high, value);
    max4 = i32x4.max_s(max4, f32x4.abs(value));
  }
  low = f32x4.pmin(low, low2), high = f32x4.pmax(high, high2), max4 = i32x4.max_s(max4, max2);
  low = f32x4.pmin(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<f32>(high, high, 2, 3, 0, 1));
  const lowest = min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
  const highest = max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
  const range = highest - lowest;
  const known = range < Infinity && !v128.any_true(i32x4.ge_s(max4, f32x4.splat(Infinity)));
  const factor = known ? factorOf(range, TOP) : 0;
  store<f32>(to, known ? range / TOP : NaN);
  store<i32>(to, i32x4.extract_lane(round(f32x4.splat(-lowest), f32x4.splat(factor)), 0), 4);
  return factor;
}

/** What makes numbers of which the largest is `max` whole ones of which it is `limit`. 0 if it is none, or Infinity. */
// @ts-ignore: decorator
@inline
export function factorOf(max: f32, limit: f32): f32 {
  return max > TINY ? limit / max : 0;
}

/** The sums of four vectors' lanes, one in each lane. */
// @ts-ignore: decorator
@inline
export function sum4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** Sums as numbers, in the units of their rows and tokens. */
// @ts-ignore: decorator
@inline
export function scaled(sums: v128, scale: v128, unit: v128): v128 {
  return f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sums), scale), unit);
}

/** What is stored for two tokens, each twice. */
// @ts-ignore: decorator
@inline
export function pair(x: usize, next: usize): v128 {
  return v128.shuffle<i32>(v128.load32_splat(x), v128.load32_splat(next), 0, 1, 4, 5);
}

/** Stores two outputs of each of four tokens, of two tokens in a vector. */
// @ts-ignore: decorator
@inline
export function storePairs(y: usize, yStep: usize, first: v128, second: v128): void {
  v128.store64_lane(y, first, 0);
  v128.store64_lane(y + yStep, first, 1);
  v128.store64_lane(y + (yStep << 1), second, 0);
  v128.store64_lane(y + yStep * 3, second, 1);
}
