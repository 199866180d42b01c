/** The arguments of a command cannot be used. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
