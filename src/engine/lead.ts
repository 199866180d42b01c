import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/**
 * Text that the first tokens of an answer have to spell, before what is its own: token healing. A token may have more
 * than the text, or part of it; and the answer may end at once.
 *
 * @see https://guidance.readthedocs.io/en/latest/example_notebooks/tutorials/token_healing.html
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ByteTokenizer } from "../tokenizer/byte_tokenizer.ts";
 *
 * const lead = new Lead(new ByteTokenizer(), 0, " ");
 * const logits = lead.apply(new Float32Array(256));
 * assert.deepEqual([...logits.keys()].filter((token) => logits[token] === 0), [0, 32]);
 * assert.equal(lead.strip(" a"), "a");
 * ```
 */
export class Lead {
  readonly #tokenizer: Tokenizer;
  readonly #endOfText: number;
  #text: string;

  /**
   * @param endOfText the token that may come instead of the text; -1: none
   * @param text ASCII
   */
  constructor(tokenizer: Tokenizer, endOfText: number, text: string) {
    this.#tokenizer = tokenizer;
    this.#endOfText = endOfText;
    this.#text = text;
  }

  /** What is still to be spelled. */
  get rest(): string {
    return this.#text;
  }

  /** The logits of the tokens that may come, -Infinity for the others. The given ones if any may. */
  apply(logits: Float32Array): Float32Array {
    if (this.#text === "") return logits;
    return logits.map((logit, token) => this.#allows(token) ? logit : -Infinity);
  }

  /** The text of a token without what it has of this text. */
  strip(text: string): string {
    const length = Math.min(this.#text.length, text.length);
    this.#text = this.#text.slice(length);
    return text.slice(length);
  }

  #allows(token: number): boolean {
    if (token === this.#endOfText) return true;
    const bytes = this.#tokenizer.bytes(token);
    const length = Math.min(bytes.length, this.#text.length);
    for (let at = 0; at < length; at++) {
      if (bytes[at] !== this.#text.charCodeAt(at)) return false;
    }
    return length > 0;
  }
}
