import { factorOf, largest, round } from "./integers";

/*
 * Weights as checkpoints store them, made into what the products read: in groups of four rows, a group's rows interleaved.
 * Rows that are missing of the last group are left as they are, which is 0.
 */

/** Types of numbers: the checkpoint's names for them are in ../number_type.ts. */
const F16 = 1;
const BF16 = 2;
const F64 = 3;

/** Numbers of a type as float32. It may read and write up to 16 bytes more than there are. */
export function widen(y: usize, x: usize, count: usize, type: i32): void {
  const end = y + (count << 2);
  if (type == BF16) {
    for (; y < end; y += 16, x += 8) v128.store(y, i32x4.shl(v128.load_ext<u16>(x), 16));
  } else if (type == F16) {
    for (; y < end; y += 16, x += 8) {
      const half = v128.load_ext<u16>(x);
      const size = i32x4.shl(v128.and(half, i32x4.splat(0x7fff)), 13);
      // The exponent is off by 127 - 15. A product puts it right, for what is below the normal numbers as well.
      let value = f32x4.mul(size, f32x4.splat(5.192296858534828e33)); // 2^112
      // Infinity and NaN have the largest exponent in both types.
      const special = i32x4.ge_s(size, i32x4.splat(0x0f800000));
      value = v128.or(value, v128.and(special, i32x4.splat(0x7f800000)));
      v128.store(y, v128.or(value, i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16)));
    }
  } else if (type == F64) {
    for (; y < end; y += 8, x += 16) v128.store64_lane(y, f32x4.demote_f64x2_zero(v128.load(x)), 0);
  } else {
    for (; y < end; y += 16, x += 16) v128.store(y, v128.load(x));
  }
}

/** y = x transposed, of float32. `x [rows, columns]` */
export function transpose(y: usize, x: usize, rows: usize, columns: usize): void {
  for (let column: usize = 0; column < columns; column++) {
    let from = x + (column << 2);
    for (let row: usize = 0; row < rows; row++) {
      store<f32>(y, load<f32>(from));
      y += 4;
      from += columns << 2;
    }
  }
}

/**
 * Packs rows for `linearF32`: in a group, for every four columns, those of each of its rows.
 *
 * @param W the first of the groups
 * @param x `[rows, columns]`, float32
 */
export function packF32(W: usize, x: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    let to = W + (row >> 2) * (columns << 4) + ((row & 3) << 4);
    for (let column: usize = 0; column < columns; column += 4) {
      v128.store(to, v128.load(x));
      to += 64;
      x += 16;
    }
  }
}

/** The nearest numbers of which the lower half of the bits is 0; of two that are as near, the even one. NaN stays. */
// @ts-ignore: decorator
@inline
function nearestBf16(x: v128): v128 {
  const even = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const rounded = i32x4.add(x, i32x4.add(even, i32x4.splat(0x7fff)));
  const bits = v128.bitselect(rounded, f32x4.splat(NaN), f32x4.eq(x, x));
  return v128.and(bits, i32x4.splat(0xffff0000));
}

/**
 * Rounds to bfloat16 and packs rows for `linearBf16`: in a group, for every eight columns, those of each of its rows, in
 * pairs of 32 bits. The upper half of a pair is four columns after the lower one.
 *
 * @param W the first of the groups
 * @param x `[rows, columns]`, float32
 * @param columns a multiple of 8
 */
export function packBf16(W: usize, x: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    let to = W + (row >> 2) * (columns << 3) + ((row & 3) << 4);
    for (let column: usize = 0; column < columns; column += 8) {
      const low = nearestBf16(v128.load(x)), high = nearestBf16(v128.load(x, 16));
      v128.store(to, v128.or(i32x4.shr_u(low, 16), high));
      to += 64;
      x += 32;
    }
  }
}

/**
 * Rounds each row to whole numbers of which the largest is 127, and packs them for `linearI8`: in a group, for every 16
 * columns, those of each of its rows.
 *
 * @param W the first of the groups
 * @param scales gets the unit of each row
 * @param sums gets the sum of each row's whole numbers
 * @param x `[rows, columns]`, float32
 * @param columns a multiple of 16
 */
export function packI8(W: usize, scales: usize, sums: usize, x: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const end = x + (columns << 2);
    const max = largest(x, end);
    const factor = f32x4.splat(factorOf(max, 127));
    let sum4 = i32x4.splat(0);
    let to = W + (row >> 2) * (columns << 2) + ((row & 3) << 4);
    for (; x < end; x += 64) {
      const low = i16x8.narrow_i32x4_s(round(v128.load(x), factor), round(v128.load(x, 16), factor));
      const high = i16x8.narrow_i32x4_s(round(v128.load(x, 32), factor), round(v128.load(x, 48), factor));
      v128.store(to, i8x16.narrow_i16x8_s(low, high));
      sum4 = i32x4.add(sum4, i32x4.extadd_pairwise_i16x8_s(i16x8.add(low, high)));
      to += 64;
    }
    const even = i32x4.extract_lane(sum4, 0) + i32x4.extract_lane(sum4, 2);
    const odd = i32x4.extract_lane(sum4, 1) + i32x4.extract_lane(sum4, 3);
    store<f32>(scales + (row << 2), max / 127);
    store<i32>(sums + (row << 2), even + odd);
  }
}

/**
 * Rounds rows as `packI8` does, and packs them by column for `linearSparse`.
 *
 * @param W the weights of the first of these rows in the first column
 * @param scales gets the unit of each row
 * @param x `[rows, columns]`, float32
 * @param columns a multiple of 16
 * @param outputs rows of the matrix
 */
export function packSparse(W: usize, scales: usize, x: usize, rows: usize, columns: usize, outputs: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const end = x + (columns << 2);
    const max = largest(x, end);
    const factor = f32x4.splat(factorOf(max, 127));
    let to = W + row;
    for (; x < end; x += 16) {
      const digits = round(v128.load(x), factor);
      v128.store8_lane(to, digits, 0);
      v128.store8_lane(to + outputs, digits, 4);
      v128.store8_lane(to + (outputs << 1), digits, 8);
      v128.store8_lane(to + outputs * 3, digits, 12);
      to += outputs << 2;
    }
    store<f32>(scales + (row << 2), max / 127);
  }
}

/**
 * A row of what `packI8` made, as float32.
 *
 * @param y `[columns]`
 * @param W the first of the groups
 * @param scales the unit of each row
 */
export function unpackI8(y: usize, W: usize, scales: usize, row: usize, columns: usize): void {
  const unit = f32x4.splat(load<f32>(scales + (row << 2)));
  let from = W + (row >> 2) * (columns << 2) + ((row & 3) << 4);
  for (const end = y + (columns << 2); y < end; y += 64, from += 64) {
    const low = v128.load_ext<i8>(from), high = v128.load_ext<i8>(from, 8);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), unit));
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), unit), 16);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), unit), 32);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), unit), 48);
  }
}
