import { roundEight, storeUnit } from "./integers";

/**
 * Rounds each row to digits from 0 to 127, for the relaxed build. After the digits of a row come their unit and their zero
 * point.
 *
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantizeTo8(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    const unit = y + (bytes >> 2);
    const factor = f32x4.splat(storeUnit(unit, x, x + bytes));
    const zero = i16x8.splat(<i16> load<i32>(unit, 4));
    for (let i: usize = 0; i < bytes; i += 64) {
      const low = i16x8.add(roundEight(x + i, factor), zero), high = i16x8.add(roundEight(x + i + 32, factor), zero);
      v128.store(y + (i >> 2), i8x16.narrow_i16x8_s(low, high)); // saturates at 127
    }
    y += yStep;
    x += xStep;
  }
}

/** The same for the plain build, which stores digit - zero in 16 bits. */
export function quantizeTo16(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    const unit = y + (bytes >> 1);
    const factor = f32x4.splat(storeUnit(unit, x, x + bytes));
    const most = i16x8.splat(<i16> (127 - load<i32>(unit, 4)));
    for (let i: usize = 0; i < bytes; i += 32) v128.store(y + (i >> 1), i16x8.min_s(roundEight(x + i, factor), most));
    y += yStep;
    x += xStep;
  }
}
