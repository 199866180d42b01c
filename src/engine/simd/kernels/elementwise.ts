/*
 * y = a op b, number by number, for `rows` rows of `bytes` bytes. A step of 0 repeats one row: what is per channel. The
 * rows of y follow each other without gaps.
 */

export function add(y: usize, a: usize, aStep: usize, b: usize, bStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(y + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
    }
    y += bytes;
    a += aStep;
    b += bStep;
  }
}

export function sub(y: usize, a: usize, aStep: usize, b: usize, bStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(y + i, f32x4.sub(v128.load(a + i), v128.load(b + i)));
    }
    y += bytes;
    a += aStep;
    b += bStep;
  }
}

export function mul(y: usize, a: usize, aStep: usize, b: usize, bStep: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(y + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
    }
    y += bytes;
    a += aStep;
    b += bStep;
  }
}

/** y = x + xx m. */
export function lerp(
  y: usize, x: usize, xStep: usize, xx: usize, xxStep: usize, m: usize, mStep: usize, rows: i32, bytes: usize,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const mixed = f32x4.mul(v128.load(xx + i), v128.load(m + i));
      v128.store(y + i, f32x4.add(v128.load(x + i), mixed));
    }
    y += bytes;
    x += xStep;
    xx += xxStep;
    m += mStep;
  }
}

/** y = factor x. */
export function scale(y: usize, x: usize, xStep: usize, factor: f32, rows: i32, bytes: usize): void {
  const f = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, f32x4.mul(v128.load(x + i), f));
    y += bytes;
    x += xStep;
  }
}
