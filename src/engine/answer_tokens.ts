import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Rewindable } from "./rewindable.ts";

/** Feeds an answer's tokens to the sequence, and can take back those whose text is not wholly visible. */
export class AnswerTokens {
  readonly #sequence: Rewindable;
  readonly #tokenizer: Tokenizer;
  readonly #signal: AbortSignal;
  /** Tokens of the answer so far. */
  readonly tokens: number[] = [];
  /** Tokens up to the last one after which all text was visible. */
  #settled = 0;
  /** Visible text of the tokens after that. */
  #tail = "";
  /** Of the tokens, the last ones, which the sequence has not read yet. */
  #unread: number[] = [];

  /** @param lead what the first tokens spell before any text becomes visible */
  constructor(sequence: Rewindable, tokenizer: Tokenizer, signal: AbortSignal, lead: string) {
    this.#tail = lead;
    this.#sequence = sequence;
    this.#tokenizer = tokenizer;
    this.#signal = signal;
  }

  /**
   * Adds a token.
   *
   * @param text what became visible with it
   * @param settles whether nothing is held back after it
   */
  async add(token: number, text: string, settles: boolean): Promise<void> {
    if (!settles && this.#settled === this.tokens.length) {
      if (this.#unread.length > 0) await this.read();
      this.#sequence.mark();
    }
    this.#unread.push(token);
    this.tokens.push(token);
    this.#tail = settles ? "" : this.#tail + text;
    if (settles) this.#settled = this.tokens.length;
  }

  /** Makes the sequence read all tokens, of which the last was just added. Returns the logits after it. */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const tokens = this.#unread;
    this.#unread = [];
    return await this.#sequence.read(tokens, this.#signal);
  }

  /** Makes the answer end with this text instead of what is not settled. */
  async replace(text: string): Promise<void> {
    if (this.#settled < this.tokens.length) {
      this.#sequence.rewind();
      this.#unread = [];
      this.tokens.length = this.#settled;
    }
    const tokens = this.#tokenizer.encode(this.#tail + text);
    this.#unread.push(...tokens);
    this.tokens.push(...tokens);
    if (this.#unread.length > 0) await this.read();
  }
}
