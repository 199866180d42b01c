/** 1.5 times 2^23. Around it float32 has only integers, so adding it to a number rounds that. */
export const ROUNDER: f32 = 12582912;

/** The integers nearest to x factor, if they are below 2^22. */
// @ts-ignore: decorator
@inline
export function round(x: v128, factor: v128): v128 {
  const rounder = f32x4.splat(ROUNDER);
  return i32x4.sub(f32x4.add(f32x4.mul(x, factor), rounder), rounder);
}

/** Eight numbers in a row, rounded as {@linkcode round} does, in 16 bits each. */
// @ts-ignore: decorator
@inline
export function roundEight(x: usize, factor: v128): v128 {
  return i16x8.narrow_i32x4_s(round(v128.load(x), factor), round(v128.load(x, 16), factor));
}

/** The largest absolute value of a row whose length is a multiple of 16 bytes, or NaN if a number is NaN. */
// @ts-ignore: decorator
@inline
export function largest(x: usize, end: usize): f32 {
  // Without their signs, numbers are ordered as their bits are, and NaN is the largest.
  let max4 = i32x4.splat(0);
  for (; x < end; x += 16) max4 = i32x4.max_s(max4, f32x4.abs(v128.load(x)));
  max4 = i32x4.max_s(max4, v128.shuffle<i32>(max4, max4, 2, 3, 0, 1));
  max4 = i32x4.max_s(max4, v128.shuffle<i32>(max4, max4, 1, 0, 3, 2));
  return f32x4.extract_lane(max4, 0);
}

/** Smaller numbers count as 0: the factor to scale them by would overflow float32. */
export const TINY: f32 = 1e-30;

/** The factor that scales numbers from `max` to `limit`. 0 if `max` is NaN or infinite. */
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

/** Sums of integers as numbers, in the units of their rows and tokens. */
// @ts-ignore: decorator
@inline
export function scaled(sums: v128, scale: v128, unit: v128): v128 {
  return f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sums), scale), unit);
}

/** The words at two addresses, each twice. */
// @ts-ignore: decorator
@inline
export function pair(x: usize, next: usize): v128 {
  return v128.shuffle<i32>(v128.load32_splat(x), v128.load32_splat(next), 0, 1, 4, 5);
}

/** Stores two outputs of each of four tokens. A vector holds those of two tokens. */
// @ts-ignore: decorator
@inline
export function storePairs(y: usize, yStep: usize, first: v128, second: v128): void {
  v128.store64_lane(y, first, 0);
  v128.store64_lane(y + yStep, first, 1);
  v128.store64_lane(y + (yStep << 1), second, 0);
  v128.store64_lane(y + yStep * 3, second, 1);
}
