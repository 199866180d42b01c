import { sum } from "./sums";

/**
 * Standardises each part of each row (the whole row, or a head), then applies weight and bias per channel.
 *
 * @param bytes bytes of a row
 * @param part bytes of a part
 */
export function norm(
  y: usize, x: usize, xStep: usize, weight: usize, bias: usize, eps: f32, rows: i32, bytes: usize, part: usize,
): void {
  const count = <f32> (part >> 2);
  for (let row = 0; row < rows; row++) {
    for (let start: usize = 0; start < bytes; start += part) {
      const end = start + part;
      let total = f32x4.splat(0);
      for (let i = start; i < end; i += 16) total = f32x4.add(total, v128.load(x + i));
      const mean = f32x4.splat(sum(total) / count);

      let squares = f32x4.splat(0);
      for (let i = start; i < end; i += 16) {
        const centred = f32x4.sub(v128.load(x + i), mean);
        squares = f32x4.add(squares, f32x4.mul(centred, centred));
      }
      const factor = f32x4.splat(<f32> 1 / sqrt<f32>(sum(squares) / count + eps));

      for (let i = start; i < end; i += 16) {
        const normal = f32x4.mul(f32x4.sub(v128.load(x + i), mean), factor);
        v128.store(y + i, f32x4.add(f32x4.mul(normal, v128.load(weight + i)), v128.load(bias + i)));
      }
    }
    y += bytes;
    x += xStep;
  }
}

/** Keeps a head of zeros from dividing by zero, as in the official code. */
const MIN_L2_NORM: f32 = 1e-12;

/** Divides each head of each row by its L2 norm. */
export function normalizeHeads(y: usize, x: usize, xStep: usize, rows: i32, bytes: usize, head: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let start: usize = 0; start < bytes; start += head) {
      const end = start + head;
      let squares = f32x4.splat(0);
      for (let i = start; i < end; i += 16) {
        const value = v128.load(x + i);
        squares = f32x4.add(squares, f32x4.mul(value, value));
      }
      const length = f32x4.splat(max(sqrt<f32>(sum(squares)), MIN_L2_NORM));
      for (let i = start; i < end; i += 16) v128.store(y + i, f32x4.div(v128.load(x + i), length));
    }
    y += bytes;
    x += xStep;
  }
}

/** y = (sum over the head of r k r_k) v, for each head of each row. */
export function bonus(
  y: usize, r: usize, rStep: usize, k: usize, kStep: usize, v: usize, vStep: usize, r_k: usize,
  rows: i32, bytes: usize, head: usize,
): void {
  for (let row = 0; row < rows; row++) {
    for (let start: usize = 0; start < bytes; start += head) {
      const end = start + head;
      let total = f32x4.splat(0);
      for (let i = start; i < end; i += 16) {
        const rk = f32x4.mul(v128.load(r + i), v128.load(k + i));
        total = f32x4.add(total, f32x4.mul(rk, v128.load(r_k + i)));
      }
      const weight = f32x4.splat(sum(total));
      for (let i = start; i < end; i += 16) v128.store(y + i, f32x4.mul(weight, v128.load(v + i)));
    }
    y += bytes;
    r += rStep;
    k += kStep;
    v += vStep;
  }
}
