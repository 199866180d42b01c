import type { Piece } from "../engine/generate.ts";
import type { TokenLogprobs } from "../sampling/token_logprobs.ts";

/**
 * Removes the space that the template puts before an answer. Pieces without any text are joined with the next one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const answer = new AnswerText(false);
 * assert.equal(answer.push({ type: "text", text: " ", tokens: [33] }), undefined);
 * assert.deepEqual(answer.push({ type: "text", text: "Hi ", tokens: [7] }), { type: "text", text: "Hi ", tokens: [33, 7] });
 * ```
 */
export class AnswerText {
  #begun: boolean;
  #tokens: number[] = [];
  #logprobs: TokenLogprobs[] = [];

  /** The part of the answer that the prompt ended with, until it was shown. */
  #shown: string;

  /**
   * @param begun whether the answer has text already: then a leading space is part of it
   * @param shown the part of the answer that the prompt ended with
   */
  constructor(begun: boolean, shown = "") {
    this.#begun = begun;
    this.#shown = shown;
  }

  /** The piece as clients get it; `undefined` if none of it can be shown yet. */
  push(piece: Piece): Piece | undefined {
    const own = this.#begun ? piece.text : piece.text.trimStart();
    this.#begun ||= own !== "";
    const text = this.#shown + own;
    this.#shown = "";
    this.#tokens.push(...piece.tokens);
    this.#logprobs.push(...piece.logprobs ?? []);
    const [tokens, logprobs] = this.#begun ? [this.#tokens, this.#logprobs] : [[], []];
    if (text === "" && piece.prompt === undefined && logprobs.length === 0) return undefined;
    if (this.#begun) [this.#tokens, this.#logprobs] = [[], []];
    return { ...piece, text, tokens, ...(piece.logprobs ? { logprobs } : {}) };
  }
}
