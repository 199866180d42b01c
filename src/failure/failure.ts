/**
 * The kind of a failure, by what a client can do about it. It determines the HTTP status.
 *
 * - `invalid`: change the request
 * - `missing`: name something that exists
 * - `stalled`: send the rest of the body
 * - `conflict`: read the current state, then decide
 * - `quota`: delete something
 * - `rate`: wait
 * - `unavailable`: retry later, or on another server
 * - `internal`: nothing
 */
export type FailureCategory =
  | "invalid"
  | "missing"
  | "stalled"
  | "conflict"
  | "quota"
  | "rate"
  | "unavailable"
  | "internal";

/**
 * An error that declares its own reply to clients. `message` is for the log only. `name` identifies the class after the
 * error has crossed to another thread.
 *
 * The defaults describe an internal failure, whose details clients do not see.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * class ShelfFullError extends Failure {
 *   override readonly name = "ShelfFullError";
 *   override readonly category = "quota";
 *   override readonly code = "shelf_full";
 *
 *   constructor(readonly limit: number) {
 *     super(`Shelf 7 has ${limit} books`);
 *   }
 *
 *   override get clientMessage(): string {
 *     return `You can keep ${this.limit} books.`;
 *   }
 * }
 * assert.equal(new ShelfFullError(3).clientMessage, "You can keep 3 books.");
 * ```
 */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly category: FailureCategory = "internal";
  /** The machine-readable error code. */
  readonly code: string = "internal_error";
  /** The request field at fault, if any. */
  readonly param: string | null = null;
  /** Milliseconds after which a retry may succeed, if known. */
  readonly retryAfterMs: number | undefined = undefined;

  /** The message that the client gets. */
  get clientMessage(): string {
    return "The server failed to answer.";
  }

  /** Headers of the reply, in addition to those derived from the category and `retryAfterMs`. */
  get headers(): Readonly<Record<string, string>> {
    return {};
  }
}
