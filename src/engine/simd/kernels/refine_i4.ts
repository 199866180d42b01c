import { eightOfOne } from "./linear_i4";
import { sum4 } from "./integers";
import { eightRows } from "./layout_i4";

/*
 * A head in twice 4 bits: a matrix, and what is missing of it to the weights. The second is only multiplied for tokens that
 * the first finds likely, since the distribution hardly depends on others. They are the same however rows are divided: it
 * takes the logits of a whole row to tell them.
 */

/** Of the logits at most a part of this size is refined. */
const PART: i32 = 32;

/** Eight logits are looked at together. */
const EIGHT_BYTES: usize = 32;

/**
 * For each row of logits the least that is to be refined: 9, 6, 4, 2.5 or 1.5 below the largest, the first with which that is
 * at most a part of all. Infinity if it is more with each, or if the largest is infinite.
 *
 * @param y gets a number for each row
 * @param bytes bytes of a row of x, a multiple of 32
 */
export function leastRefined(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  const most = <i32> (bytes >> 2) / PART;
  for (let row = 0; row < rows; row++) {
    const end = x + bytes;
    let a = f32x4.splat(-Infinity), b = a;
    // NaN comes second, and so is never the largest.
    for (let at = x; at < end; at += 32) a = f32x4.pmax(a, v128.load(at)), b = f32x4.pmax(b, v128.load(at, 16));
    a = f32x4.pmax(a, b);
    const largest = max(
      max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)), max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
    );
    const least0 = largest - 9, least1 = largest - 6, least2 = largest - 4;
    const least3: f32 = largest - 2.5, least4: f32 = largest - 1.5;
    let n0 = i32x4.splat(0), n1 = n0, n2 = n0, n3 = n0, n4 = n0;
    for (let at = x; at < end; at += 16) {
      const x4 = v128.load(at);
      n0 = i32x4.sub(n0, f32x4.ge(x4, f32x4.splat(least0)));
      n1 = i32x4.sub(n1, f32x4.ge(x4, f32x4.splat(least1)));
      n2 = i32x4.sub(n2, f32x4.ge(x4, f32x4.splat(least2)));
      n3 = i32x4.sub(n3, f32x4.ge(x4, f32x4.splat(least3)));
      n4 = i32x4.sub(n4, f32x4.ge(x4, f32x4.splat(least4)));
    }
    const counts = sum4(n0, n1, n2, n3);
    let least: f32 = Infinity;
    if (largest < Infinity) {
      if (i32x4.extract_lane(counts, 0) <= most) least = least0;
      else if (i32x4.extract_lane(counts, 1) <= most) least = least1;
      else if (i32x4.extract_lane(counts, 2) <= most) least = least2;
      else if (i32x4.extract_lane(counts, 3) <= most) least = least3;
      else if (i32x4.extract_lane(sum4(n4, n4, n4, n4), 0) <= most) least = least4;
    }
    store<f32>(y, least);
    y += yStep;
    x += xStep;
  }
}

/**
 * y = logits + R x for each token and every eight logits of which one is to be refined; y = logits otherwise.
 *
 * @param R as `packI4` packs it
 * @param least what `leastRefined` found
 * @param x rows as `quantizeGroups` makes them
 * @param columns columns of R, a multiple of 32
 * @param bytes bytes of the logits of a row, a multiple of 32
 */
export function refineI4(
  y: usize, yStep: usize, R: usize, logits: usize, logitsStep: usize, least: usize, leastStep: usize, x: usize, xStep: usize,
  columns: usize, tokens: i32, bytes: usize,
): void {
  const groupBytes = eightRows(columns);
  for (let token = 0; token < tokens; token++) {
    const least4 = v128.load32_splat(least);
    let w = R;
    for (let i: usize = 0; i < bytes; i += EIGHT_BYTES, w += groupBytes) {
      const a = v128.load(logits + i), b = v128.load(logits + i, 16);
      const to = y + i;
      if (v128.any_true(v128.or(f32x4.ge(a, least4), f32x4.ge(b, least4)))) {
        eightOfOne(to, w, x, columns);
        v128.store(to, f32x4.add(a, v128.load(to)));
        v128.store(to, f32x4.add(b, v128.load(to, 16)), 16);
      } else {
        v128.store(to, a);
        v128.store(to, b, 16);
      }
    }
    y += yStep;
    logits += logitsStep;
    least += leastStep;
    x += xStep;
  }
}
