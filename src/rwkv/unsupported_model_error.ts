/** The tensors are not those of an RWKV model that Tern can run. */
export class UnsupportedModelError extends Error {
  override readonly name = "UnsupportedModelError";
}
