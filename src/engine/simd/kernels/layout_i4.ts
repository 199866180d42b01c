/*
 * Weights in 4 bits lie in groups of eight rows. A group holds, for every 32 columns, 160 bytes: units, those of
 * rows 0 to 3 in the lower halves of four times 32 bits and those of rows 4 to 7 in the upper ones; offsets in the same
 * order; then, for each eight of the columns, 16 bytes of digits of rows 0 to 3, and as many of rows 4 to 7. They are four
 * bytes a row: columns 0 to 3 are the low digits, 4 to 7 the high ones.
 *
 * Units and offsets are bfloat16, but the kernels save the work of clearing the lower halves: those of rows 4 to 7 are float32
 * numbers that end in the bits of rows 0 to 3. `packI4` chooses the upper bits for what the whole is.
 *
 * So a step reads one stream, and what it multiplies with is read once for eight rows.
 */

/** Columns that share a unit and an offset. */
export const GROUP: usize = 32;

/** Bytes of these columns of eight rows. */
export const GROUP_BYTES: usize = 160;

/** Bytes of their units, which the offsets follow. */
export const UNITS_BYTES: usize = 16;

/** Bytes before their digits. */
export const HEADER_BYTES: usize = 32;

/** Bytes that stand for a group of activations behind the digits of a row: see `storeGroup`. */
export const SUMS_BYTES: usize = 16;

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

/** The units or offsets of rows 0 to 3. Those of rows 4 to 7 are the words as they are. */
// @ts-ignore: decorator
@inline
export function lowerRows(both: v128): v128 {
  return i32x4.shl(both, 16);
}

/**
 * Stores what stands for the digits of a group of activations: their unit, -8 times the sum of the digits, and the sum of the
 * numbers that they stand for.
 *
 * @param max the largest magnitude, which is 127 units
 * @param sums of the digits, in four parts
 */
// @ts-ignore: decorator
@inline
export function storeGroup(to: usize, max: f32, sums: v128): void {
  const even = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 2);
  const odd = i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 3);
  const unit: f32 = max < Infinity ? max / 127 : NaN;
  store<f32>(to, unit);
  store<i32>(to, -8 * (even + odd), 4);
  store<f32>(to, unit * <f32> (even + odd), 8);
}

/*
 * The lower four bits of each byte, and of each 16 bits. They are exported, and so might change: what V8 knows to be constant
 * it makes anew, in three instructions, each time that it is used.
 */
export let lowDigits: i32 = 0x0f0f0f0f;
export let lowestDigits: i32 = 0x000f000f;
