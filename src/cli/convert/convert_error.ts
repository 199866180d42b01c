/** A model cannot be converted, or not to this. */
export class ConvertError extends Error {
  override readonly name = "ConvertError";
}
