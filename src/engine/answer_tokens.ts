import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Rewindable } from "./rewindable.ts";

/** A token that the sequence has read before it was chosen, and the logits after it. */
interface ReadAhead {
  readonly token: number;
  readonly logits: Float32Array<ArrayBuffer>;
}

/**
 * Feeds an answer's tokens to the sequence. It can take back those whose text is not wholly visible, and read ahead tokens
 * that may be chosen: if they are, the logits after them are there already; if not, the sequence goes back to the marked
 * state and reads again what was chosen since.
 */
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
  /** Tokens that the sequence has read. */
  #read = 0;
  /** What it has read after these. */
  #ahead: ReadAhead[] = [];
  /** Tokens that the marked state has read: none that may be taken back. */
  #marked: number | undefined;

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
    if (!settles && this.#settled === this.tokens.length) await this.#markSettled();
    this.tokens.push(token);
    this.#tail = settles ? "" : this.#tail + text;
    if (settles) this.#settled = this.tokens.length;
  }

  /**
   * Makes the sequence read all tokens, of which the last was just added.
   *
   * @param propose asked for tokens to read ahead, if the sequence has to read
   * @returns the logits after the last token
   */
  async read(propose = (): readonly number[] => []): Promise<Float32Array<ArrayBuffer>> {
    const known = this.#takeAhead();
    if (this.#read === this.tokens.length && known !== undefined) return known;
    this.#goBack();
    const drafted = propose();
    return drafted.length === 0 ? await this.#readRest() : await this.#readAhead(drafted);
  }

  /** Makes the answer end with this text instead of what is not settled. */
  async replace(text: string): Promise<void> {
    this.tokens.length = this.#settled;
    this.tokens.push(...this.#tokenizer.encode(this.#tail + text));
    if (this.#read > this.#settled) this.#rewind();
    await this.end();
  }

  /** Makes the sequence have read the tokens of the answer, and no others. */
  async end(): Promise<void> {
    this.#takeAhead();
    this.#goBack();
    if (this.#read < this.tokens.length) await this.#readRest();
  }

  /** Sees to it that the answer can be taken back to here. */
  async #markSettled(): Promise<void> {
    this.#takeAhead();
    // Where the sequence is ahead, it was marked before that.
    if (this.#ahead.length > 0) return;
    if (this.#read < this.tokens.length) await this.#readRest();
    this.#mark();
  }

  /** Takes tokens that were read ahead and then chosen. Returns the logits after the last of them. */
  #takeAhead(): Float32Array<ArrayBuffer> | undefined {
    let logits: Float32Array<ArrayBuffer> | undefined;
    while (
      this.#read < this.tokens.length && this.#ahead[0]?.token === this.tokens[this.#read]
    ) {
      logits = this.#ahead.shift()!.logits;
      this.#read++;
    }
    return logits;
  }

  /** Leaves what was read ahead and not chosen. */
  #goBack(): void {
    if (this.#ahead.length > 0) this.#rewind();
  }

  #rewind(): void {
    this.#sequence.rewind();
    this.#read = this.#marked!;
    this.#ahead = [];
  }

  #mark(): void {
    if (this.#marked === this.#read) return;
    this.#sequence.mark();
    this.#marked = this.#read;
  }

  async #readRest(): Promise<Float32Array<ArrayBuffer>> {
    const rest = this.tokens.slice(this.#read);
    this.#read = this.tokens.length;
    return await this.#sequence.read(rest, this.#signal);
  }

  async #readAhead(drafted: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    // What may be taken back stays possible to take back.
    if (this.#read <= this.#settled) this.#mark();
    const rest = this.tokens.slice(this.#read);
    const after: Float32Array<ArrayBuffer>[] = [];
    const keep = (logits: Float32Array, index: number) => {
      if (index >= rest.length - 1) after.push(logits.slice());
    };
    const tokens = [...rest, ...drafted];
    after.push(await this.#sequence.read(tokens, this.#signal, undefined, keep));
    this.#read = this.tokens.length;
    const [now, ...ahead] = after;
    this.#ahead = ahead.map((logits, i) => ({ token: drafted[i]!, logits }));
    return now!;
  }
}
