import type { TokenLogprob, TokenLogprobs } from "../../sampling/token_logprobs.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

/** What stands for the logarithm of 0, which JSON cannot spell. Source: OpenAI API reference. */
const IMPOSSIBLE = -9999;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A token's text, which has U+FFFD where the token is only part of a character. */
export function tokenText(tokenizer: Tokenizer, token: number): string {
  return decoder.decode(tokenizer.bytes(token));
}

/** A logarithm of a probability, as JSON can have it. */
export function wireLogprob(logprob: number): number {
  return Math.max(logprob, IMPOSSIBLE);
}

function entry(tokenizer: Tokenizer, { token, logprob }: TokenLogprob) {
  return {
    token: tokenText(tokenizer, token),
    logprob: wireLogprob(logprob),
    bytes: [...tokenizer.bytes(token)],
  };
}

/** Tokens and how likely they were, as chat completions and responses have it. The bytes are exact. */
export function wireLogprobs(tokenizer: Tokenizer, tokens: readonly TokenLogprobs[]) {
  return tokens.map((token) => ({
    ...entry(tokenizer, token),
    top_logprobs: token.top.map((other) => entry(tokenizer, other)),
  }));
}
