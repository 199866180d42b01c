import { GROUP } from "./layout_i4";
import { factorOf, largest, ROUNDER } from "./integers";

/**
 * The unit of 32 numbers: of four, the one with the least sum of squared errors, rounded to bfloat16. It may be negative.
 *
 * To begin with, the largest number is -8.5, -7.75, -7 and -6.25 units; then each unit is moved to where it is best for the
 * whole numbers that it gives. The four are looked at side by side, and nothing branches: what is taken is as good as random.
 *
 * @returns NaN, if one of the numbers is not finite
 */
export function bestUnit(x: usize): f32 {
  const end = x + (GROUP << 2);
  const max = largest(x, end);
  if (!(max < Infinity)) return NaN;
  const one = factorOf(max, 1); // what makes the largest 1, or 0 if all are as good as 0
  if (one == 0) return 0;
  // The largest is to be negative, because there is one number more: -1 if it is positive, and 1 if it is not.
  let least = f32x4.splat(0);
  for (let at = x; at < end; at += 16) least = f32x4.pmin(least, v128.load(at));
  const sign = <f32> (v128.any_true(f32x4.eq(least, f32x4.splat(-max))) ? 1 : -1);

  // What V8 does not know to be constant it makes once, and not each time that it is used.
  const zero = max - max;
  const whole = f32x4.splat(zero + ROUNDER), lowest = f32x4.splat(zero - 8), highest = f32x4.splat(zero + 7);
  const steps = f32x4(8.5, 7.75, 7, 6.25);
  const factors = f32x4.mul(steps, f32x4.splat(sign * one));
  const factor0 = v128.shuffle<i32>(factors, factors, 0, 0, 0, 0), factor1 = v128.shuffle<i32>(factors, factors, 1, 1, 1, 1);
  const factor2 = v128.shuffle<i32>(factors, factors, 2, 2, 2, 2), factor3 = v128.shuffle<i32>(factors, factors, 3, 3, 3, 3);
  // The q nearest to t = x factor. With t = u q for the best u, the squares that are explained are (q t)^2 / q^2.
  let qt0 = f32x4.splat(0), qt1 = qt0, qt2 = qt0, qt3 = qt0;
  let qq0 = qt0, qq1 = qt0, qq2 = qt0, qq3 = qt0;
  for (let at = x; at < end; at += 16) {
    const x4 = v128.load(at);
    let t = f32x4.mul(x4, factor0);
    let q = nearest(f32x4.pmin(highest, f32x4.pmax(lowest, t)), whole);
    qt0 = f32x4.add(qt0, f32x4.mul(q, t));
    qq0 = f32x4.add(qq0, f32x4.mul(q, q));
    t = f32x4.mul(x4, factor1);
    q = nearest(f32x4.pmin(highest, f32x4.pmax(lowest, t)), whole);
    qt1 = f32x4.add(qt1, f32x4.mul(q, t));
    qq1 = f32x4.add(qq1, f32x4.mul(q, q));
    // Of 7 units and less, all are in range.
    t = f32x4.mul(x4, factor2);
    q = nearest(t, whole);
    qt2 = f32x4.add(qt2, f32x4.mul(q, t));
    qq2 = f32x4.add(qq2, f32x4.mul(q, q));
    t = f32x4.mul(x4, factor3);
    q = nearest(t, whole);
    qt3 = f32x4.add(qt3, f32x4.mul(q, t));
    qq3 = f32x4.add(qq3, f32x4.mul(q, q));
  }
  const qt = sums(qt0, qt1, qt2, qt3);
  const u = f32x4.div(qt, sums(qq0, qq1, qq2, qq3));
  const explained = f32x4.div(f32x4.mul(u, qt), f32x4.mul(steps, steps));
  const units = f32x4.mul(u, f32x4.div(f32x4.splat(max), f32x4.mul(f32x4.splat(sign), steps)));
  return nearestBf16(ofLargest(units, explained));
}

/** The nearest whole numbers, as long as they are below 2^22. */
// @ts-ignore: decorator
@inline
function nearest(x: v128, whole: v128): v128 {
  return f32x4.sub(f32x4.add(x, whole), whole);
}

/** The sums of four vectors' lanes, one in each lane: of the even ones, of the odd ones, and of both. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** The lane of `x` in which `scores`, none of which is NaN, are largest: the first of those. */
// @ts-ignore: decorator
@inline
function ofLargest(x: v128, scores: v128): f32 {
  const pairs = f32x4.pmax(scores, v128.shuffle<i32>(scores, scores, 1, 0, 3, 2));
  const all = f32x4.pmax(pairs, v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1));
  const first = ctz(i32x4.bitmask(f32x4.eq(scores, all)));
  return f32x4.extract_lane(v128.swizzle(x, i32x4.splat(first * 0x04040404 + 0x03020100)), 0);
}

/** The nearest number of which the lower half of the bits is 0; of two that are as near, the even one. */
// @ts-ignore: decorator
@inline
function nearestBf16(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  return reinterpret<f32>((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
}
