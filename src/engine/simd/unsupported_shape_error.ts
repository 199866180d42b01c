/** The kernels cannot take a model's shape. */
export class UnsupportedShapeError extends Error {
  override readonly name = "UnsupportedShapeError";
  constructor(what: string, size: number, divisor: number) {
    super(`${what} is ${size}; the SIMD engine needs a multiple of ${divisor}`);
  }
}
