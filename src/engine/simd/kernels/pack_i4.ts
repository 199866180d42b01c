import { eightRows, GROUP, GROUP_BYTES, HALF, UNITS_BYTES } from "./layout_i4";
import { bestUnit } from "./unit_i4";
import { ROUNDER } from "./integers";

/**
 * Rounds every 32 columns of a row to whole numbers from -8 to 7, and packs them for `linearI4`, with 8 added.
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

/** The nearest whole numbers from -8 to 7, and 8 more. What is no number becomes 0. */
// @ts-ignore: decorator
@inline
function digits(x: v128, factor: v128): v128 {
  const inside = f32x4.pmin(f32x4.splat(7), f32x4.pmax(f32x4.splat(-8), f32x4.mul(x, factor))); // NaN comes last in both
  return i32x4.sub(f32x4.add(inside, f32x4.splat(ROUNDER)), i32x4.splat(reinterpret<i32>(ROUNDER) - 8));
}
