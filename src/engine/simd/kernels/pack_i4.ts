import { fit, LEAST, whole } from "./fit_i4";
import { eightRows, GROUP, GROUP_BYTES, HALF, HEADER_BYTES, UNITS_BYTES } from "./layout_i4";

/**
 * Rounds every 32 columns of a row to whole numbers from -8 to 7 of a unit above an offset, and packs them for `linearI4`,
 * with 8 added.
 *
 * @param W the first of the groups of eight rows, which is 0
 * @param x `[rows, columns]`, float32
 * @param columns a multiple of 32
 */
export function packI4(W: usize, x: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const lane = (row & 3) << 2, half = row >> 2 & 1;
    let group = W + (row >> 3) * eightRows(columns);
    for (const end = x + (columns << 2); x < end; x += GROUP << 2, group += GROUP_BYTES) {
      const at = group + lane + (half << 1);
      fit(at, x, half != 0);
      const unit = stored(at, half != 0);
      const factor = f32x4.splat(unit > 2 * LEAST ? <f32> 1 / unit : 0);
      const offset = f32x4.splat(stored(at + UNITS_BYTES, half != 0));
      const to = group + HEADER_BYTES + half * HALF + lane;
      for (let i: usize = 0; i < 4; i++) eightDigits(to + i * (HALF << 1), x + (i << 5), factor, offset);
    }
  }
}

/** A unit or an offset as the products take it. */
// @ts-ignore: decorator
@inline
function stored(at: usize, isUpper: bool): f32 {
  return isUpper ? load<f32>(at - 2) : reinterpret<f32>(<u32> load<u16>(at) << 16);
}

/** Four bytes of eight columns. */
// @ts-ignore: decorator
@inline
function eightDigits(to: usize, x: usize, factor: v128, offset: v128): void {
  const low = digits(v128.load(x), factor, offset), high = digits(v128.load(x, 16), factor, offset);
  const both = v128.or(low, i32x4.shl(high, 4));
  const halves = i16x8.narrow_i32x4_u(both, both);
  v128.store32_lane(to, i8x16.narrow_i16x8_u(halves, halves), 0);
}

/** The nearest digits, from 0 to 15. */
// @ts-ignore: decorator
@inline
function digits(x: v128, factor: v128, offset: v128): v128 {
  return i32x4.add(i32x4.trunc_sat_f32x4_s(whole(f32x4.mul(f32x4.sub(x, offset), factor))), i32x4.splat(8));
}

/**
 * Subtracts from rows what `packI4` made of them.
 *
 * @param x `[rows, columns]`, float32
 */
export function subtractI4(W: usize, x: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const lane = (row & 3) << 2, half = row >> 2 & 1;
    let group = W + (row >> 3) * eightRows(columns);
    for (const end = x + (columns << 2); x < end; group += GROUP_BYTES) {
      const at = group + lane + (half << 1);
      const unit = stored(at, half != 0), offset = stored(at + UNITS_BYTES, half != 0);
      let from = group + HEADER_BYTES + half * HALF + lane;
      for (let i = 0; i < 4; i++, from += HALF << 1, x += 32) {
        for (let column: usize = 0; column < 4; column++) {
          const both = <i32> load<u8>(from + column), to = x + (column << 2);
          store<f32>(to, load<f32>(to) - (<f32> ((both & 15) - 8) * unit + offset));
          store<f32>(to, load<f32>(to, 16) - (<f32> ((both >> 4) - 8) * unit + offset), 16);
        }
      }
    }
  }
}
