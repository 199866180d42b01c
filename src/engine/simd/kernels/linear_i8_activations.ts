import { factorOf, round, roundEight, TINY } from "./integers";

/*
 * Activations of int8: a number is about (digit - zero) unit, with a unit and a zero point for each token. Digits have 7 bits,
 * 0 to 127, which is what the relaxed dot product takes.
 *
 * Trained models may have outliers: a few channels that are many times the others, of which little would be left in units that
 * reach to the largest. So where at most a quarter of the blocks of 16 columns hold numbers beyond a quarter of the largest, the
 * unit is made for all the others, and the digits of these blocks have up to 14 bits. The plain build has room for them. The
 * relaxed build keeps the lower seven bits with the digits of the others, and of the upper ones a list of entries: a block's
 * digits, which must not be negative there, so that those below zero have entries of their own.
 */

/** The largest digit: 7 bits. */
const TOP: f32 = 127;

/** The zero point where there are outliers. */
const MIDDLE: i32 = 64;

/** Columns of a block, and bytes of its largest magnitudes: of every fourth column. */
const BLOCK: usize = 16;

/** The most that outliers may be beyond the others, as a power of two: less in long rows, whose sums might not fit 32 bits. */
const MOST_BITS: i32 = 7;

/** Bytes between the digits of a row and its outliers: unit, zero point, bytes of positive entries, bytes of negative ones. */
export const HEADER: usize = 16;

/** Bytes of an entry: the upper digits of a block, the bytes before its weights in a group of four rows, and padding. */
export const ENTRY: usize = 32;

/** Bytes from the entries of positive digits to those of negative ones. */
// @ts-ignore: decorator
@inline
export function entriesRoom(columns: usize): usize {
  return columns >> 1;
}

/**
 * Chooses a row's unit and zero point, and stores them. The unit is NaN if a number is NaN or infinite. Without outliers it is
 * the smallest with which digits reach from the lowest number to the highest, and to 0, which is exact.
 *
 * @param x numbers, a multiple of 16
 * @param maxima gets the largest magnitudes of each block
 * @param outliers whether there may be any
 * @returns the factor that makes numbers multiples of the unit: negative if there are outliers. Then the largest magnitude of
 *   all others is stored 8 bytes after the unit
 */
function storeUnit(unit: usize, x: usize, end: usize, maxima: usize, outliers: bool): f32 {
  let low = f32x4.splat(0), high = low, max4 = low;
  let to = maxima;
  for (; x < end; x += 64) {
    const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
    // Both ignore NaN.
    low = f32x4.pmin(low, f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d)));
    high = f32x4.pmax(high, f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
    // Without their signs, numbers are ordered as their bits are, and NaN is the largest.
    const block = i32x4.max_s(
      i32x4.max_s(f32x4.abs(a), f32x4.abs(b)), i32x4.max_s(f32x4.abs(c), f32x4.abs(d)),
    );
    v128.store(to, block);
    max4 = i32x4.max_s(max4, block);
    to += BLOCK;
  }
  low = f32x4.pmin(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<f32>(high, high, 2, 3, 0, 1));
  const lowest = min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
  const highest = max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
  const range = highest - lowest;
  store<i64>(unit, 0, 8);
  if (!(range < Infinity) || v128.any_true(i32x4.ge_s(max4, f32x4.splat(Infinity)))) {
    store<f32>(unit, NaN);
    store<i32>(unit, 0, 4);
    return 0;
  }
  const most = max(highest, -lowest);
  const bits = outliers ? outlierBits(maxima, to, most) : 0;
  if (bits > 0) {
    const limit = <f32> (MIDDLE - 0.5) * <f32> (1 << bits);
    store<f32>(unit, most / limit);
    store<i32>(unit, MIDDLE, 4);
    store<f32>(unit, most / <f32> (1 << bits), 8);
    return -factorOf(most, limit);
  }
  const factor = factorOf(range, TOP);
  store<f32>(unit, range / TOP);
  store<i32>(unit, i32x4.extract_lane(round(f32x4.splat(-lowest), f32x4.splat(factor)), 0), 4);
  return factor;
}

/** How far outliers are beyond all other numbers, as a power of two; 0 if there are none. */
function outlierBits(maxima: usize, end: usize, most: f32): i32 {
  const few = <i32> ((end - maxima) / BLOCK) >> 2;
  if (!(most > TINY) || beyond(maxima, end, most * 0.25) > few) return 0;
  // A sum is at most 127 times 64 times columns (1 + 2^bits / 4), which must be below 2^31.
  const room = <i32> (1056832 / (end - maxima)) - 4;
  let bits = 2;
  let limit = most * 0.125;
  while (bits < MOST_BITS && 2 << bits <= room && beyond(maxima, end, limit) <= few) {
    bits++;
    limit *= 0.5;
  }
  return bits;
}

/** How many blocks have a number beyond a limit. */
// @ts-ignore: decorator
@inline
function beyond(maxima: usize, end: usize, limit: f32): i32 {
  const limits = f32x4.splat(limit);
  let count = 0;
  for (; maxima < end; maxima += BLOCK) count += i32(v128.any_true(f32x4.gt(v128.load(maxima), limits)));
  return count;
}

/**
 * Rounds each row for the relaxed build. After the digits of a row come the header and the outliers.
 *
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantizeTo8(
  y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize, outliers: bool,
): void {
  for (let row = 0; row < rows; row++) {
    const unit = y + (bytes >> 2);
    // A block's maxima lie where its digits will.
    const signed = storeUnit(unit, x, x + bytes, y, outliers);
    const factor = f32x4.splat(abs(signed));
    const zero = i16x8.splat(<i16> load<i32>(unit, 4));
    if (signed >= 0) {
      for (let i: usize = 0; i < bytes; i += 64) {
        const low = i16x8.add(roundEight(x + i, factor), zero), high = i16x8.add(roundEight(x + i + 32, factor), zero);
        v128.store(y + (i >> 2), i8x16.narrow_i16x8_s(low, high)); // saturates at 127
      }
    } else {
      withOutliers(y, unit, x, bytes, factor);
    }
    y += yStep;
    x += xStep;
  }
}

/** Rounds a row with outliers for the relaxed build. */
function withOutliers(y: usize, unit: usize, x: usize, bytes: usize, factor: v128): void {
  const zero = i16x8.splat(<i16> MIDDLE), lowest = i16x8.splat(127), none = i8x16.splat(0);
  const cap = f32x4.splat(load<f32>(unit, 8));
  const positive = unit + HEADER, negative = positive + entriesRoom(bytes >> 2);
  let above = positive, below = negative;
  for (let i: usize = 0; i < bytes; i += 64) {
    const to = y + (i >> 2);
    const isBeyond = v128.any_true(f32x4.gt(v128.load(to), cap));
    let low = i16x8.add(roundEight(x + i, factor), zero), high = i16x8.add(roundEight(x + i + 32, factor), zero);
    if (isBeyond) {
      const upper = i8x16.narrow_i16x8_s(i16x8.shr_s(low, 7), i16x8.shr_s(high, 7));
      low = v128.and(low, lowest), high = v128.and(high, lowest);
      above = addEntry(above, i8x16.max_s(upper, none), i);
      below = addEntry(below, i8x16.max_s(i8x16.neg(upper), none), i);
    }
    v128.store(to, i8x16.narrow_i16x8_s(low, high));
  }
  store<i32>(unit, <i32> (above - positive), 8);
  store<i32>(unit, <i32> (below - negative), 12);
}

/** Adds an entry to a list unless its digits are all 0. */
// @ts-ignore: decorator
@inline
function addEntry(to: usize, digits: v128, weights: usize): usize {
  if (!v128.any_true(digits)) return to;
  v128.store(to, digits);
  store<usize>(to, weights, 16);
  return to + ENTRY;
}

/** The same for the plain build, which stores digit - zero in 16 bits. */
export function quantizeTo16(
  y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize, outliers: bool,
): void {
  for (let row = 0; row < rows; row++) {
    const unit = y + (bytes >> 1);
    // Each block's maxima lie after the digits of those before it.
    const maxima = y + (bytes >> 2);
    const signed = storeUnit(unit, x, x + bytes, maxima, outliers);
    const factor = f32x4.splat(abs(signed));
    const most = i16x8.splat(<i16> (127 - load<i32>(unit, 4)));
    const cap = f32x4.splat(signed < 0 ? load<f32>(unit, 8) : Infinity);
    for (let i: usize = 0; i < bytes; i += 64) {
      const isBeyond = v128.any_true(f32x4.gt(v128.load(maxima + (i >> 2)), cap));
      const low = roundEight(x + i, factor), high = roundEight(x + i + 32, factor);
      const to = y + (i >> 1);
      v128.store(to, isBeyond ? low : i16x8.min_s(low, most));
      v128.store(to, isBeyond ? high : i16x8.min_s(high, most), 16);
    }
    y += yStep;
    x += xStep;
  }
}
