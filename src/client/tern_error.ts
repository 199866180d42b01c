/** The model could not be loaded, or its thread has ended. */
export class TernError extends Error {
  override readonly name = "TernError";
}
