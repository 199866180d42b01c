import { eightRows, GROUP, GROUP_BYTES, HALF, UNITS_BYTES } from "./layout_i4";
import { factorOf, largest } from "./whole";

/** 1.5 times 2^23: numbers around it are whole. */
const WHOLE: f32 = 12582912;

/**
 * Rounds every 32 columns of a row to whole numbers from -8 to 7, and packs them for `linearI4`, with 8 added.
 *
 * The unit of a group is the one of several with the least sum of squared errors. To begin with, the largest number is
 * -8.5, -7.75, -7 and -6.25 units; then each unit is moved to where it is best for the whole numbers that it gives.
 *
 * @param W the first of the groups of eight rows
 * @param x `[rows, columns]`, float32
 * @param columns a multiple of 32
 */
export function packI4(W: usize, x: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const lane = (row & 3) << 2, half = row >> 2 & 1;
    let group = W + (row >> 3) * eightRows(columns);
    for (const end = x + (columns << 2); x < end; x += GROUP << 2, group += GROUP_BYTES) {
      const unit = bestUnit(x);
      store<u16>(group + lane + (half << 1), <u16> (reinterpret<u32>(unit) >>> 16));
      const factor = f32x4.splat(abs(unit) > 0 ? <f32> 1 / unit : 0);
      const to = group + UNITS_BYTES + half * HALF + lane;
      for (let i: usize = 0; i < 4; i++) eightDigits(to + i * (HALF << 1), x + (i << 5), factor);
    }
  }
}

/** Four bytes of eight columns. */
// @ts-ignore: decorator
@inline
function eightDigits(to: usize, x: usize, factor: v128): void {
  const low = digits(v128.load(x), factor), high = digits(v128.load(x, 16), factor);
  const both = v128.or(low, i32x4.shl(high, 4));
  const halves = i16x8.narrow_i32x4_u(both, both);
  v128.store32_lane(to, i8x16.narrow_i16x8_u(halves, halves), 0);
}

/** The nearest whole numbers from -8 to 7. What is no number becomes one of them. */
// @ts-ignore: decorator
@inline
function whole(x: v128): v128 {
  const magic = f32x4.splat(WHOLE);
  const inside = f32x4.pmin(f32x4.splat(7), f32x4.pmax(f32x4.splat(-8), x)); // NaN comes last in both
  return f32x4.sub(f32x4.add(inside, magic), magic);
}

// @ts-ignore: decorator
@inline
function digits(x: v128, factor: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.add(whole(f32x4.mul(x, factor)), f32x4.splat(8)));
}

// @ts-ignore: decorator
@inline
function sum(a: v128): f32 {
  const even = f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 2);
  return even + (f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3));
}

/** The unit of 32 numbers, rounded to bfloat16. It may be negative. NaN, if one of them is not finite. */
function bestUnit(x: usize): f32 {
  const end = x + (GROUP << 2);
  const max = largest(x, end);
  if (!(max < Infinity)) return NaN;
  const one = factorOf(max, 1); // what makes the largest 1, or 0 if all are as good as 0
  if (one == 0) return 0;
  let low = f32x4.splat(0), high = low;
  for (let at = x; at < end; at += 16) {
    low = f32x4.pmin(low, v128.load(at));
    high = f32x4.pmax(high, v128.load(at));
  }
  const lowest = min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  );
  const sign: f32 = -lowest == max ? 1 : -1; // the largest is to be negative: there is one number more
  let best: f32 = 0, bestScore: f32 = -1;
  for (let steps: f32 = 8.5; steps > 6; steps -= 0.75) {
    const factor = f32x4.splat(sign * steps * one);
    // The q nearest to t = x factor. With t = u q for the best u, the squares that are explained are (q t)^2 / q^2.
    let qt = f32x4.splat(0), qq = f32x4.splat(0);
    for (let at = x; at < end; at += 16) {
      const t = f32x4.mul(v128.load(at), factor);
      const q = whole(t);
      qt = f32x4.add(qt, f32x4.mul(q, t));
      qq = f32x4.add(qq, f32x4.mul(q, q));
    }
    const u = sum(qt) / sum(qq);
    const score = u * sum(qt) / (steps * steps);
    if (score > bestScore) {
      bestScore = score;
      best = u * (max / (sign * steps));
    }
  }
  return nearestBf16(best);
}

/** The nearest number of which the lower half of the bits is 0; of two that are as near, the even one. */
// @ts-ignore: decorator
@inline
function nearestBf16(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  return reinterpret<f32>((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
}
