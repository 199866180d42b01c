/*
 * Weights in 4 bits lie in groups of eight rows. A group holds, for every 32 columns, 144 bytes: units in bfloat16, those of
 * rows 0 to 3 in the lower halves of four times 32 bits and those of rows 4 to 7 in the upper ones; then, for each eight of
 * the columns, 16 bytes of digits of rows 0 to 3, and as many of rows 4 to 7. They are four bytes a row: columns 0 to 3 are
 * the low digits, 4 to 7 the high ones.
 *
 * So a step reads one stream, and what it multiplies with is read once for eight rows.
 */

/** Columns that share a unit. */
export const GROUP: usize = 32;

/** Bytes of these columns of eight rows. */
export const GROUP_BYTES: usize = 144;

/** Bytes before their digits. */
export const UNITS_BYTES: usize = 16;

/** Bytes from the digits of rows 0 to 3 to those of rows 4 to 7. */
export const HALF: usize = 16;

/** Bytes of W that stay in the caches while all tokens go by. */
export const PANEL: usize = 65536;

/** Bytes of eight rows of W. */
// @ts-ignore: decorator
@inline
export function eightRows(columns: usize): usize {
  return columns / GROUP * GROUP_BYTES;
}

/** The units of rows 0 to 3. */
// @ts-ignore: decorator
@inline
export function lowerUnits(units: v128): v128 {
  return i32x4.shl(units, 16);
}

/** The units of rows 4 to 7. */
// @ts-ignore: decorator
@inline
export function upperUnits(units: v128): v128 {
  return i32x4.shl(i32x4.shr_u(units, 16), 16);
}

/**
 * Stores what stands for the digits of a group of activations: their unit, and -8 times their sum.
 *
 * @param max the largest magnitude, which is 127 units
 * @param sums of the digits, in four parts
 */
// @ts-ignore: decorator
@inline
export function storeGroup(to: usize, max: f32, sums: v128): void {
  const even = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 2);
  const odd = i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 3);
  store<f32>(to, max < Infinity ? max / 127 : NaN);
  store<i32>(to, -8 * (even + odd), 4);
}

/*
 * The lower four bits of each byte, and of each 16 bits. They are exported, and so might change: what V8 knows to be constant
 * it makes anew, in three instructions, each time that it is used.
 */
export let lowDigits: i32 = 0x0f0f0f0f;
export let lowestDigits: i32 = 0x000f000f;
