import type { TokenLogprobs } from "../sampling/token_logprobs.ts";

/** Tokens that wait for their text to become visible. */
export class ToldTokens {
  /** The tokens, and where the text of each begins, in UTF-16 units from the start of the answer. */
  #waiting: { readonly logprobs: TokenLogprobs; readonly start: number }[] = [];
  #decoded = 0;
  #visible = 0;

  /**
   * Adds a token.
   *
   * @param text what it completed
   */
  push(logprobs: TokenLogprobs, text: string): void {
    this.#waiting.push({ logprobs, start: this.#decoded });
    this.#decoded += text.length;
  }

  /** The tokens whose text begins in what becomes visible now. */
  take(text: string): TokenLogprobs[] {
    this.#visible += text.length;
    const count = this.#waiting.findIndex(({ start }) => start >= this.#visible);
    const end = count === -1 ? this.#waiting.length : count;
    return this.#waiting.splice(0, end).map(({ logprobs }) => logprobs);
  }

  /** Forgets the tokens whose text is taken back. */
  drop(): void {
    this.#waiting = [];
    this.#decoded = this.#visible;
  }

  /** The tokens whose text does not become visible. */
  rest(): TokenLogprobs[] {
    return this.#waiting.splice(0).map(({ logprobs }) => logprobs);
  }
}
