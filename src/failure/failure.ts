/**
 * What a client can do about a failure. It determines the HTTP status.
 *
 * - `invalid`: change the request
 * - `missing`: name something that exists
 * - `stalled`: send the rest of the body
 * - `conflict`: look at what has changed, then decide
 * - `quota`: delete something
 * - `rate`: wait
 * - `unavailable`: try again later, or elsewhere
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
 * An error that declares what clients are told about it. Its `message` is for the log, and its `name` is its kind: it
 * names the class wherever the error crosses to another thread.
 *
 * Unless a class says otherwise, it is an internal failure, of which clients learn nothing.
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
  /** Names the failure for programs. */
  readonly code: string = "internal_error";
  /** The field of the request at fault, if there is one. */
  readonly param: string | null = null;
  /** Milliseconds after which another attempt may succeed, where that is known. */
  readonly retryAfterMs: number | undefined = undefined;

  /** What the client reads. */
  get clientMessage(): string {
    return "The server failed to answer.";
  }

  /** Headers of the reply, besides those that follow from the category and the delay. */
  get headers(): Readonly<Record<string, string>> {
    return {};
  }
}
