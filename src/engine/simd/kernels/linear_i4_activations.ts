import { factorOf, largest, roundEight } from "./integers";
import { GROUP, storeGroup } from "./layout_i4";

/**
 * Rounds every 32 numbers of a row to integers of which the largest magnitude is 127, for the relaxed build. After them come
 * each group's unit and -8 times its sum.
 *
 * @param bytes bytes of a row of x, a multiple of 128
 */
export function quantizeGroupsTo8(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    let to = y, unit = y + (bytes >> 2);
    for (let i: usize = 0; i < bytes; i += GROUP << 2) {
      const max = largest(x + i, x + i + (GROUP << 2));
      const factor = f32x4.splat(factorOf(max, 127));
      let sums = i32x4.splat(0);
      for (let at = x + i, end = at + (GROUP << 2); at < end; at += 64) {
        const low = roundEight(at, factor), high = roundEight(at + 32, factor);
        v128.store(to, i8x16.narrow_i16x8_s(low, high));
        sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.add(low, high)));
        to += 16;
      }
      storeGroup(unit, max, sums);
      unit += 8;
    }
    y += yStep;
    x += xStep;
  }
}

/**
 * The same for the plain build, in 16 bits. Of every four numbers the first and the third come first: in that order weights
 * are unpacked.
 */
export function quantizeGroupsTo16(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    let to = y, unit = y + (bytes >> 1);
    for (let i: usize = 0; i < bytes; i += GROUP << 2) {
      const max = largest(x + i, x + i + (GROUP << 2));
      const factor = f32x4.splat(factorOf(max, 127));
      let sums = i32x4.splat(0);
      for (let at = x + i, end = at + (GROUP << 2); at < end; at += 32) {
        const eight = roundEight(at, factor);
        v128.store(to, v128.shuffle<i16>(eight, eight, 0, 2, 1, 3, 4, 6, 5, 7));
        sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(eight));
        to += 16;
      }
      storeGroup(unit, max, sums);
      unit += 8;
    }
    y += yStep;
    x += xStep;
  }
}
