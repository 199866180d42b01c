/** Going on with an answer gave another text than is known: the model or the template is not the one that began it. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  constructor(readonly id: string) {
    super(`The answer of ${id} cannot be gone on with: what is known of it comes out differently`);
  }
}

/**
 * Passes over the text of an answer that is known already, when it comes out again.
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
  /** What has not come again. */
  #known: string;

  /** @param id the response, for the error */
  constructor(id: string, known: string) {
    this.#id = id;
    this.#known = known;
  }

  /**
   * What is new in the next text.
   *
   * @throws {ReplayError} if it is not what is known.
   */
  unseen(text: string): string {
    if (this.#known === "") return text;
    const again = text.slice(0, this.#known.length);
    if (!this.#known.startsWith(again)) throw new ReplayError(this.#id);
    this.#known = this.#known.slice(again.length);
    return text.slice(again.length);
  }
}
