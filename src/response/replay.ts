/** Replaying an answer gave another text than the durable one: the model or the template has changed. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  constructor(readonly id: string) {
    super(`The answer of ${id} cannot be continued: replaying it gave a different text`);
  }
}

/**
 * Skips the durable text of an answer when it is generated again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const replay = new Replay("resp_1", "Hello");
 * assert.equal(replay.unseen("Hel"), "");
 * assert.equal(replay.unseen("lo, you"), ", you");
 * ```
 */
export class Replay {
  readonly #id: string;
  /** The part of the text that has not come again. */
  #known: string;

  /** @param id the response, for the error */
  constructor(id: string, known: string) {
    this.#id = id;
    this.#known = known;
  }

  /**
   * The new part of the next text.
   *
   * @throws {ReplayError} if it differs from the durable text.
   */
  unseen(text: string): string {
    if (this.#known === "") return text;
    const again = text.slice(0, this.#known.length);
    if (!this.#known.startsWith(again)) throw new ReplayError(this.#id);
    this.#known = this.#known.slice(again.length);
    return text.slice(again.length);
  }
}
