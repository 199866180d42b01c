/** Tells calls of functions from text by how an answer begins. */
export class CallDetector {
  readonly #opening: string | undefined;
  #begun = "";

  constructor(opening: string | undefined) {
    this.#opening = opening;
  }

  /** Whether the answer is a call as far as is known, with this text added to it. */
  isCall(text: string): boolean {
    const opening = this.#opening;
    if (opening === undefined) return false;
    // A model may begin with a space.
    if (this.#begun.length < opening.length) this.#begun = (this.#begun + text).trimStart();
    return this.#begun !== "" &&
      (this.#begun.startsWith(opening) || opening.startsWith(this.#begun));
  }
}
