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

  /** @param begun whether the answer has text already: then a space is part of it */
  constructor(begun: boolean) {
    this.#begun = begun;
  }

  /** The piece as clients get it. Undefined: they get nothing of it yet. */
  push(piece: Piece): Piece | undefined {
    const text = this.#begun ? piece.text : piece.text.trimStart();
    this.#begun ||= text !== "";
    this.#tokens.push(...piece.tokens);
    this.#logprobs.push(...piece.logprobs ?? []);
    const [tokens, logprobs] = this.#begun ? [this.#tokens, this.#logprobs] : [[], []];
    if (text === "" && piece.prompt === undefined && logprobs.length === 0) return undefined;
    if (this.#begun) [this.#tokens, this.#logprobs] = [[], []];
    return { ...piece, text, tokens, ...(piece.logprobs ? { logprobs } : {}) };
  }
}
