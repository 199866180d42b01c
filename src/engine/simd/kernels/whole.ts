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
