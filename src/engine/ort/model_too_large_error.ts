/** Weights and their repacked copy share a heap of 4 GiB with everything else. */
export const MAX_WEIGHT_BYTES = 1.75 * 2 ** 30;

/** The model does not fit into WebAssembly's memory. */
export class ModelTooLargeError extends Error {
  override readonly name = "ModelTooLargeError";
  constructor(readonly bytes: number) {
    const [gib, max] = [bytes, MAX_WEIGHT_BYTES].map((size) => (size / 2 ** 30).toFixed(2));
    super(`The model has ${gib} GiB of float32 weights; onnxruntime-web can hold ${max} GiB`);
  }
}
