import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type StopMatch, StopMatcher } from "../stream/stop_matcher.ts";
import { Lead } from "./lead.ts";

/** What comes before an answer: the end of a mark that the prompt ends in, and thoughts. */
export interface ThoughtOptions {
  /** What the first tokens have to spell: ASCII. */
  readonly lead: string;
  /** The mark that ends the thoughts. Absent: there are none, and the lead is no part of the text. */
  readonly close?: string;
  /** Texts with which a model ends its turn. They end thoughts, and are no part of them. */
  readonly stop?: readonly string[];
  /** Tokens of thoughts at the most; then the mark is written for the model. Absent: any number. */
  readonly maxTokens?: number;
}

/** Draws a token. @param settle replaces the token that was drawn */
type Draw = (logits: Float32Array, settle?: (token: number) => number) => number;

/** What {@linkcode Thoughts} is made of. */
export interface ThoughtsParts {
  readonly tokenizer: Tokenizer;
  readonly endOfText: number;
  /** Whether the answer is held to a grammar. Then no token has the end of the mark and some of the answer. */
  readonly isHeld: boolean;
}

/** A part of a text that comes before an answer, and what comes after it. */
export interface ThoughtText {
  readonly thought: string;
  readonly answer: string;
  /** Whether the thoughts were broken off: the text that is not shown must be taken back. */
  readonly isCut?: boolean;
}

/**
 * Generates what comes before an answer. What token may come next depends on the tokens before it alone, so that a
 * generation which is replayed goes on as it would have.
 */
export class Thoughts {
  readonly #options: ThoughtOptions;
  readonly #parts: ThoughtsParts;
  readonly #lead: Lead;
  /** The end of the text, in which the mark may have begun. */
  #tail = "";
  readonly #stops: StopMatcher;
  #closing = false;
  #over: boolean;
  #tokens = 0;

  /** @param options absent: the answer begins at once */
  constructor(parts: ThoughtsParts, options: ThoughtOptions | undefined) {
    this.#parts = parts;
    this.#options = options ?? { lead: "" };
    this.#lead = new Lead(parts.tokenizer, -1, this.#options.lead);
    this.#over = this.#options.lead === "" && this.#options.close === undefined;
    this.#stops = new StopMatcher(this.#options.stop ?? []);
  }

  /** Whether the answer has begun. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether text is held back that may be a stop. */
  get pending(): boolean {
    return this.#stops.pending;
  }

  /**
   * The token that has to come, because there is no more room for thoughts. Undefined: any may.
   *
   * @param left how many tokens may come after it
   * @param needed how many of them the answer needs
   */
  forced(left: number, needed: number): number | undefined {
    const { close, maxTokens = Infinity } = this.#options;
    if (this.#lead.rest !== "" || close === undefined) return undefined;
    const rest = this.#restOf(close);
    const isFull = this.#closing || this.#tokens >= maxTokens;
    return isFull || left + 1 <= rest.length + needed ? this.#first(rest) : undefined;
  }

  /**
   * Draws the next token. A model that wants to end its turn in the middle of its thoughts writes the mark instead: how
   * much it wants to goes to the next token of that.
   */
  draw(logits: Float32Array, draw: Draw): number {
    const { endOfText } = this.#parts;
    if (this.#lead.rest !== "") {
      return draw(this.#lead.apply(logits), (token) => this.#settle(token));
    }
    const next = this.#first(this.#restOf(this.#options.close!));
    const [end, wanted] = [logits[endOfText]!, logits[next]!];
    logits[next] = logAddExp(end, wanted);
    logits[endOfText] = -Infinity;
    try {
      return draw(logits, (token) => this.#settle(token));
    } finally {
      logits[endOfText] = end;
      logits[next] = wanted;
    }
  }

  /** Takes the text of a token. */
  accept(text: string): ThoughtText {
    this.#tokens++;
    const { close } = this.#options;
    const own = this.#lead.strip(text);
    if (close === undefined) {
      this.#over = this.#lead.rest === "";
      return { thought: "", answer: own };
    }
    const all = this.#tail + text;
    const at = all.indexOf(close);
    if (at >= 0) {
      this.#over = true;
      const answer = all.slice(at + close.length);
      const { text: thought } = this.#free(text.slice(0, text.length - answer.length));
      return { thought: thought + this.#stops.end(), answer };
    }
    const { text: thought, matched } = this.#free(text);
    const isCut = matched !== undefined;
    this.#closing ||= isCut;
    this.#tail = isCut ? "" : all.slice(-close.length);
    return { thought, answer: "", isCut };
  }

  /** What can be shown of some more text. */
  #free(text: string): StopMatch {
    return this.#closing ? { text } : this.#stops.push(text);
  }

  /** The token that is taken where one was drawn that has some of the answer in it. */
  #settle(token: number): number {
    if (!this.#parts.isHeld) return token;
    const { close } = this.#options;
    const text = this.#textOf(token);
    if (close === undefined) {
      const { rest } = this.#lead;
      return text.length > rest.length ? this.#first(rest) : token;
    }
    const all = this.#tail + text;
    const at = all.indexOf(close);
    const rest = at < 0 ? 0 : all.length - at - close.length;
    return rest === 0 ? token : this.#first(text.slice(0, text.length - rest));
  }

  /** What is missing of a mark that the text may end with the beginning of. */
  #restOf(mark: string): string {
    for (let at = mark.length - 1; at > 0; at--) {
      if (this.#tail.endsWith(mark.slice(0, at))) return mark.slice(at);
    }
    return mark;
  }

  #first(text: string): number {
    return this.#parts.tokenizer.encode(text)[0]!;
  }

  #textOf(token: number): string {
    return new TextDecoder().decode(this.#parts.tokenizer.bytes(token));
  }
}

function logAddExp(a: number, b: number): number {
  const max = Math.max(a, b);
  return max === -Infinity ? max : max + Math.log1p(Math.exp(Math.min(a, b) - max));
}
