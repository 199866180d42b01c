/**
 * Arithmetic that the compared architectures share, on one thread in float32.
 *
 * @module
 */

/** y = W x, with `W [rows, columns]`. `columns` is a multiple of 4. */
export function multiply(
  W: Float32Array,
  x: Float32Array,
  y: Float32Array,
  rows = y.length,
  columns = x.length,
): void {
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    // Four accumulators, to break the dependency chain.
    let a = 0, b = 0, c = 0, d = 0;
    for (let j = 0; j < columns; j += 4) {
      a += W[row + j]! * x[j]!;
      b += W[row + j + 1]! * x[j + 1]!;
      c += W[row + j + 2]! * x[j + 2]!;
      d += W[row + j + 3]! * x[j + 3]!;
    }
    y[i] = a + b + c + d;
  }
}

/** y = x with mean 0 and variance 1 in each group of `size` channels. */
export function normalize(x: Float32Array, y: Float32Array, size = x.length): void {
  for (let start = 0; start < x.length; start += size) {
    let [sum, squares] = [0, 0];
    for (let i = start; i < start + size; i++) {
      sum += x[i]!;
      squares += x[i]! * x[i]!;
    }
    const mean = sum / size;
    const scale = 1 / Math.sqrt(squares / size - mean * mean + 1e-5);
    for (let i = start; i < start + size; i++) y[i] = (x[i]! - mean) * scale;
  }
}

/** x += y. */
export function addTo(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Uniform random weights with a variance of 1 / columns, so that products keep the size of their inputs. */
export function randomMatrix(rows: number, columns: number): Float32Array {
  const scale = 2 * Math.sqrt(3 / columns);
  return Float32Array.from({ length: rows * columns }, () => scale * (Math.random() - 0.5));
}

/** Random numbers in [low, high). */
export function randomVector(length: number, low: number, high: number): Float32Array {
  return Float32Array.from({ length }, () => low + (high - low) * Math.random());
}
