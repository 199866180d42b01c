/*
 * Functions of one number, four at a time. WebAssembly has no exp, so here is one: e^x = 2^n e^r with |r| at most ln(2) / 2,
 * and e^r from the first terms of its series, whose remainder is below a quarter of float32's last place.
 */

const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts. The first has so few bits that its product with n is exact. */
const LN_2_HIGH: f32 = 0.693359375;
const LN_2_LOW: f32 = -0.00021219444005469058;
/** Below, e^x leaves the normal numbers, and becomes 0; above the other, it overflows. */
const MIN_X: f32 = -87.3;
const MAX_X: f32 = 89;

/** 1.5 times 2^23. */
const WHOLE: f32 = 12582912;

/** e^x in each lane. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(MIN_X)), f32x4.splat(MAX_X)); // NaN stays
  // Rounds: around 1.5 times 2^23 all numbers are whole, and n is the difference of the bits as well.
  const whole = f32x4.splat(WHOLE);
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), whole);
  const n = f32x4.sub(shifted, whole);
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN_2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN_2_LOW)));
  let p = f32x4.splat(1.0 / 5040);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  // 2^(n - 1) and a doubling, since n may be 128, for which there is no number. At n = -126 the bits are those of 0.
  const bits = i32x4.shl(i32x4.add(i32x4.sub(shifted, whole), i32x4.splat(126)), 23);
  return f32x4.mul(f32x4.mul(p, bits), f32x4.splat(2));
}

// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** (1 - e) / (1 + e) with e = e^(-2 |x|), which cannot overflow, and the sign of x. */
// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp4(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const t = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  return v128.or(t, v128.and(x, i32x4.splat(i32.MIN_VALUE)));
}

export function exp(y: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, exp4(v128.load(x + i)));
    y += bytes;
    x += xStep;
  }
}

export function sigmoid(y: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, sigmoid4(v128.load(x + i)));
    y += bytes;
    x += xStep;
  }
}

export function silu(y: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(x + i);
      v128.store(y + i, f32x4.mul(value, sigmoid4(value)));
    }
    y += bytes;
    x += xStep;
  }
}

export function tanh(y: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, tanh4(v128.load(x + i)));
    y += bytes;
    x += xStep;
  }
}

export function reluSquared(y: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const positive = f32x4.pmax(v128.load(x + i), zero); // NaN stays
      v128.store(y + i, f32x4.mul(positive, positive));
    }
    y += bytes;
    x += xStep;
  }
}
