import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { VocabularyTrie } from "./vocabulary_trie.ts";

/** The tokens of a model, for a matcher. */
export interface Vocabulary {
  readonly trie: VocabularyTrie;
  /** The tokens that end an answer: see {@linkcode endTokens}. */
  readonly ends: readonly number[];
  bytes(token: number): Uint8Array;
}

/**
 * The tokens by which a model ends its answer: end of text, and tokens that are a prefix of a stop sequence or start
 * with one.
 */
export function endTokens(
  tokenizer: Tokenizer,
  endOfText: number,
  stop: readonly string[],
): number[] {
  const encoder = new TextEncoder();
  const stops = stop.map((text) => encoder.encode(text));
  const ends = endOfText >= 0 ? [endOfText] : [];
  for (let token = 0; token < tokenizer.vocabSize; token++) {
    const bytes = tokenizer.bytes(token);
    if (bytes.length === 0 || token === endOfText) continue;
    const fits = (end: Uint8Array) =>
      bytes.subarray(0, end.length).every((byte, at) => byte === end[at]);
    if (stops.some(fits)) ends.push(token);
  }
  return ends;
}
