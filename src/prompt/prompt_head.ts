import type { Message } from "./message.ts";
import { encodeAll } from "../tokenizer/encode_all.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { cutNames, cutsToFind, cutsToKeep, LEAST_TOKENS, type LongPiece } from "./prompt_cuts.ts";
import { type ChatTemplate, renderPrompt, renderUpTo } from "./template.ts";

/** A state inside the head of a conversation. */
export interface HeadPlace {
  /** What it is found by. */
  readonly name: string;
  /** Messages that it has read whole. */
  readonly messages: number;
  /** Tokens that it has read of the next one. */
  readonly begun: number;
}

/** A state that is passed when a prompt is read. */
export interface StateOnTheWay {
  /** Tokens that are to be read before it. */
  readonly after: number;
  /** What it is found by. */
  readonly name: string;
}

/** What a {@linkcode PromptHead} is made of. */
export interface PromptHeadParts {
  readonly template: ChatTemplate;
  readonly tokenizer: Tokenizer;
  /** Model, engine and precision. */
  readonly fingerprint: string;
}

/**
 * The head of a conversation: its system messages, and what follows up to the first answer, as pieces of tokens. These
 * are what many conversations begin with, but for some lines: dates, or the question after a document. So there are
 * states inside them.
 */
export class PromptHead {
  readonly #parts: PromptHeadParts;
  readonly #pieces: readonly LongPiece[];
  readonly #hashes: readonly string[];
  readonly #system: number;

  private constructor(
    parts: PromptHeadParts,
    pieces: readonly LongPiece[],
    system: number,
    hashes: readonly string[],
  ) {
    this.#parts = parts;
    this.#pieces = pieces;
    this.#system = system;
    this.#hashes = hashes;
  }

  /**
   * Encodes the head of a conversation.
   *
   * @param conversation all messages that are to be read, from the first
   * @param system how many of them are system messages, at the beginning
   * @param hashes the hash of what comes before the messages, of that and the first one, and so on
   * @param place what comes before the messages, and whether an answer follows them
   */
  static async of(
    parts: PromptHeadParts,
    conversation: readonly Message[],
    system: number,
    hashes: readonly string[],
    { answered, after }: { readonly answered: boolean; readonly after: "nothing" | "messages" },
  ): Promise<PromptHead> {
    const { template, tokenizer } = parts;
    const answer = conversation.findIndex(({ role }) => role === "assistant");
    const head = answer < 0 ? conversation : conversation.slice(0, answer);
    const [label = ""] = renderUpTo("assistant", template, [], "messages");
    const tail = tokenizer.encode(label).length;
    const texts = renderPrompt(template, head, after, answered || answer >= 0);
    const pieces = (await encodeAll(tokenizer, texts))
      .map((tokens, index) => ({ tokens, tail: index < system ? 0 : tail }));
    return new PromptHead(parts, pieces, system, hashes);
  }

  /** Whether there may be states inside: if not, it is not worth looking at its tokens. */
  static isLong(conversation: readonly Message[]): boolean {
    const answer = conversation.findIndex(({ role }) => role === "assistant");
    const head = answer < 0 ? conversation : conversation.slice(0, answer);
    // A token has a character at least.
    return head.reduce((sum, { text }) => sum + text.length, 0) >= LEAST_TOKENS;
  }

  /**
   * Where there may be states, the deepest last.
   *
   * @param messages how many were read: it is looked after them
   */
  async places(messages: number): Promise<HeadPlace[]> {
    const { tokenizer } = this.#parts;
    const places: HeadPlace[] = [];
    for (const [index, piece] of this.#pieces.entries()) {
      if (index < messages) continue;
      const cuts = cutsToFind(tokenizer, piece);
      const names = await this.#names(index, cuts);
      places.push(...cuts.map((begun, i) => ({ name: names[i]!, messages: index, begun })));
    }
    return places;
  }

  /**
   * The states that are worth keeping for other conversations.
   *
   * @param messages how many were read
   * @param begun tokens of the next one that were read
   * @param most states inside a piece at the most: those that have read most of it
   */
  async worthKeeping(messages: number, begun: number, most: number): Promise<StateOnTheWay[]> {
    const { tokenizer } = this.#parts;
    const states: StateOnTheWay[] = [];
    let read = -begun;
    for (const [index, piece] of this.#pieces.entries()) {
      if (index < messages) continue;
      const all = cutsToKeep(tokenizer, piece);
      const cuts = all.slice(Math.max(0, all.length - most));
      const names = await this.#names(index, cuts);
      for (const [i, cut] of cuts.entries()) {
        if (read + cut > 0) states.push({ after: read + cut, name: names[i]! });
      }
      read += piece.tokens.length;
      if (index + 1 === this.#system) {
        states.push({ after: read, name: this.#hashes[this.#system]! });
      }
    }
    return states;
  }

  #names(piece: number, cuts: readonly number[]): Promise<string[]> {
    const { tokens } = this.#pieces[piece]!;
    return cutNames(this.#hashes[piece]!, this.#parts.fingerprint, tokens, cuts);
  }
}
