import type { TokenLogprob, TokenLogprobs } from "../../sampling/token_logprobs.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { wireLogprob } from "../answers/logprobs.ts";

/** Tokens and how likely they were, as legacy completions have it. All lists are of one length. */
export interface WireTextLogprobs {
  readonly tokens: readonly string[];
  /** `null` for a token that nothing came before. */
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  /** Where each token begins in the text, in UTF-16 units. */
  readonly text_offset: readonly number[];
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A token's text, or its bytes where it is only part of a character: no two tokens may look alike where they are keys.
 *
 * Source: what OpenAI's servers reply, `bytes:\\xe2\\x80`.
 */
function tokenName(tokenizer: Tokenizer, token: number): string {
  const bytes = tokenizer.bytes(token);
  try {
    return decoder.decode(bytes);
  } catch {
    return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}`;
  }
}

/** Writes the tokens of one text, which may come in parts. */
export class TextLogprobs {
  readonly #tokenizer: Tokenizer;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #offset = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** A token that nothing came before, so that it is not known how likely it was. */
  first(token: number): WireTextLogprobs {
    return {
      tokens: [tokenName(this.#tokenizer, token)],
      token_logprobs: [null],
      top_logprobs: [null],
      text_offset: [this.#advance(token)],
    };
  }

  /** The next tokens. */
  next(told: readonly TokenLogprobs[]): WireTextLogprobs {
    return {
      tokens: told.map(({ token }) => tokenName(this.#tokenizer, token)),
      token_logprobs: told.map(({ logprob }) => wireLogprob(logprob)),
      top_logprobs: told.map((chosen) => this.#likeliest(chosen)),
      text_offset: told.map(({ token }) => this.#advance(token)),
    };
  }

  /** The likeliest tokens, and the chosen one if it is not among them. */
  #likeliest({ top, ...chosen }: TokenLogprobs): Record<string, number> {
    const all: readonly TokenLogprob[] = top.some(({ token }) => token === chosen.token)
      ? top
      : [...top, chosen];
    return Object.fromEntries(
      all.map(({ token, logprob }) => [tokenName(this.#tokenizer, token), wireLogprob(logprob)]),
    );
  }

  /** Where a token begins: of one that begins within a character, where that begins. */
  #advance(token: number): number {
    const start = this.#offset;
    const bytes = this.#tokenizer.bytes(token);
    this.#offset += this.#decoder.decode(bytes, { stream: true }).length;
    return start;
  }
}

/** One after the other. */
export function joinLogprobs(parts: readonly WireTextLogprobs[]): WireTextLogprobs {
  return {
    tokens: parts.flatMap(({ tokens }) => tokens),
    token_logprobs: parts.flatMap(({ token_logprobs }) => token_logprobs),
    top_logprobs: parts.flatMap(({ top_logprobs }) => top_logprobs),
    text_offset: parts.flatMap(({ text_offset }) => text_offset),
  };
}
