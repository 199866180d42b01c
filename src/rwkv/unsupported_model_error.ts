/** The tensors are not a supported RWKV model. */
export class UnsupportedModelError extends Error {
  override readonly name = "UnsupportedModelError";
}
