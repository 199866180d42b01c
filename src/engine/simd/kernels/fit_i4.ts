import { GROUP, UNITS_BYTES } from "./layout_i4";
import { largest, ROUNDER, TINY } from "./integers";

/**
 * Fits a unit and an offset to 32 numbers, so that each is near unit q + offset with a whole q from -8 to 7, and stores the
 * upper 16 bits of both.
 *
 * To begin with, half of the range from the lowest number to the highest is 8.1, 7.6, 7.1 and 6.6 units: with more than 7.5
 * the ends are clipped, for finer steps. Each of the four is rounded to its q, and the line through all (q, x) that has least
 * squared errors tells how good it is. The best is rounded once more, to fit the line again. The four are computed side by
 * side and without branches, which would be mispredicted half of the time.
 *
 * Both are NaN if one of the numbers is not finite.
 *
 * @param to the unit's upper bits. Those of the offset lie `UNITS_BYTES` behind them
 * @param isUpper whether the 16 bits before them are the lower ones; otherwise these are 0
 */
export function fit(to: usize, x: usize, isUpper: bool): void {
  const end = x + (GROUP << 2);
  if (!(largest(x, end) < Infinity)) {
    storeUpper(to, NaN, isUpper);
    storeUpper(to + UNITS_BYTES, NaN, isUpper);
    return;
  }
  let low4 = v128.load(x), high4 = low4, sum4 = low4;
  for (let at = x + 16; at < end; at += 16) {
    const x4 = v128.load(at);
    low4 = f32x4.pmin(low4, x4);
    high4 = f32x4.pmax(high4, x4);
    sum4 = f32x4.add(sum4, x4);
  }
  low4 = f32x4.pmin(low4, v128.shuffle<i32>(low4, low4, 2, 3, 0, 1));
  high4 = f32x4.pmax(high4, v128.shuffle<i32>(high4, high4, 2, 3, 0, 1));
  const low = min(f32x4.extract_lane(low4, 0), f32x4.extract_lane(low4, 1)) * <f32> 0.5;
  const high = max(f32x4.extract_lane(high4, 0), f32x4.extract_lane(high4, 1)) * <f32> 0.5;
  const middle = high + low, half = high - low;
  const mean = lane(sums(sum4, sum4, sum4, sum4)) * MEAN;
  if (!(half > TINY)) {
    // No unit is subnormal: those are slow on some hosts.
    storeUpper(to, isUpper ? LEAST : 0, isUpper);
    storeUpper(to + UNITS_BYTES, middle, isUpper);
    return;
  }

  const steps = f32x4(8.1, 7.6, 7.1, 6.6);
  const factors = f32x4.mul(steps, f32x4.splat(<f32> 1 / half));
  const factor0 = v128.shuffle<i32>(factors, factors, 0, 0, 0, 0), factor1 = v128.shuffle<i32>(factors, factors, 1, 1, 1, 1);
  const factor2 = v128.shuffle<i32>(factors, factors, 2, 2, 2, 2), factor3 = v128.shuffle<i32>(factors, factors, 3, 3, 3, 3);
  const middles = f32x4.splat(middle), means = f32x4.splat(mean);
  // Sums of q, q^2 and q (x - mean), which is in units of half the range.
  let q0 = f32x4.splat(0), q1 = q0, q2 = q0, q3 = q0;
  let qq0 = q0, qq1 = q0, qq2 = q0, qq3 = q0;
  let qx0 = q0, qx1 = q0, qx2 = q0, qx3 = q0;
  for (let at = x; at < end; at += 16) {
    const x4 = v128.load(at);
    const s = f32x4.sub(x4, middles), d = f32x4.sub(x4, means);
    let q = wholeBelow(f32x4.mul(s, factor0));
    q0 = f32x4.add(q0, q), qq0 = f32x4.add(qq0, f32x4.mul(q, q)), qx0 = f32x4.add(qx0, f32x4.mul(q, d));
    q = wholeBelow(f32x4.mul(s, factor1));
    q1 = f32x4.add(q1, q), qq1 = f32x4.add(qq1, f32x4.mul(q, q)), qx1 = f32x4.add(qx1, f32x4.mul(q, d));
    q = wholeBelow(f32x4.mul(s, factor2));
    q2 = f32x4.add(q2, q), qq2 = f32x4.add(qq2, f32x4.mul(q, q)), qx2 = f32x4.add(qx2, f32x4.mul(q, d));
    q = wholeBelow(f32x4.mul(s, factor3));
    q3 = f32x4.add(q3, q), qq3 = f32x4.add(qq3, f32x4.mul(q, q)), qx3 = f32x4.add(qx3, f32x4.mul(q, d));
  }
  const q = f32x4.mul(sums(q0, q1, q2, q3), f32x4.splat(MEAN));
  const variances = f32x4.sub(f32x4.mul(sums(qq0, qq1, qq2, qq3), f32x4.splat(MEAN)), f32x4.mul(q, q));
  // In units of half the range, so that no square overflows.
  const products = f32x4.mul(sums(qx0, qx1, qx2, qx3), f32x4.splat(MEAN / half));
  const units = f32x4.div(products, variances);
  const best = first(f32x4.mul(units, products));
  const unit = lane(v128.swizzle(units, best)) * half;
  refit(to, x, unit, mean - unit * lane(v128.swizzle(q, best)), mean, isUpper);
}

/** Instead of 0, where the lower bits may not be 0. */
export const LEAST: f32 = 2.4e-38;

/** The part of a group's sum that is its mean. */
const MEAN: f32 = 1.0 / 32;

/** Rounds to the nearest q with a unit and an offset, and stores those that are best for these q. */
// @ts-ignore: decorator
@inline
function refit(to: usize, x: usize, unit: f32, offset: f32, mean: f32, isUpper: bool): void {
  const factor = f32x4.splat(<f32> 1 / unit), offsets = f32x4.splat(offset), means = f32x4.splat(mean);
  let q4 = f32x4.splat(0), qq4 = q4, qx4 = q4;
  for (let at = x, end = x + (GROUP << 2); at < end; at += 16) {
    const x4 = v128.load(at);
    const q = whole(f32x4.mul(f32x4.sub(x4, offsets), factor));
    q4 = f32x4.add(q4, q);
    qq4 = f32x4.add(qq4, f32x4.mul(q, q));
    qx4 = f32x4.add(qx4, f32x4.mul(q, f32x4.mul(f32x4.sub(x4, means), factor)));
  }
  const all = f32x4.mul(sums(q4, qq4, qx4, qx4), f32x4.splat(MEAN));
  const q = f32x4.extract_lane(all, 0);
  const variance = f32x4.extract_lane(all, 1) - q * q;
  const stored = storeUpper(to, unit * (f32x4.extract_lane(all, 2) / variance), isUpper);
  // The offset is the best one for the unit as it is stored.
  storeUpper(to + UNITS_BYTES, mean - stored * q, isUpper);
}

/**
 * Stores the upper 16 bits with which a number is nearest.
 *
 * @returns the number that is stored
 */
// @ts-ignore: decorator
@inline
function storeUpper(to: usize, x: f32, isUpper: bool): f32 {
  const lower: u32 = isUpper ? load<u16>(to - 2) : 0;
  // As magnitudes, numbers are ordered as their bits are. Half of the lower bits' range makes this round to the nearest.
  const bits = reinterpret<u32>(x), magnitude = bits & 0x7fffffff;
  const upper = magnitude > lower ? (magnitude - lower + 0x8000) >>> 16 : 0;
  const rounded = ((bits >>> 31) << 15) | upper;
  store<u16>(to, <u16> rounded);
  return reinterpret<f32>((rounded << 16) | lower);
}

/** The nearest whole numbers from -8 to 7. What is NaN becomes -8. */
// @ts-ignore: decorator
@inline
export function whole(x: v128): v128 {
  const rounder = f32x4.splat(ROUNDER);
  return f32x4.sub(f32x4.add(clamped(x), rounder), rounder);
}

/** The whole numbers nearest to x - 1/2, from -8 to 7: where x is 7.5 or -7.5, the largest and the least. */
// @ts-ignore: decorator
@inline
function wholeBelow(x: v128): v128 {
  return whole(f32x4.sub(x, f32x4.splat(0.5)));
}

// @ts-ignore: decorator
@inline
function clamped(x: v128): v128 {
  return f32x4.pmin(f32x4.splat(7), f32x4.pmax(f32x4.splat(-8), x)); // NaN comes last in both
}

/** The sums of four vectors' lanes, one in each lane: of the even ones, of the odd ones, and of both. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function lane(x: v128): f32 {
  return f32x4.extract_lane(x, 0);
}

/** What `v128.swizzle` takes to move the lane with the largest of four numbers to lane 0: the first of those. */
// @ts-ignore: decorator
@inline
function first(scores: v128): v128 {
  const pairs = f32x4.pmax(scores, v128.shuffle<i32>(scores, scores, 1, 0, 3, 2));
  const all = f32x4.pmax(pairs, v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1));
  return i32x4.splat(ctz(i32x4.bitmask(f32x4.eq(scores, all))) * 0x04040404 + 0x03020100);
}
