import { atOnce } from "../stream/slices.ts";
import { ByteTrie } from "./byte_trie.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { parseWorldVocabulary, type WorldVocabulary } from "./world_vocabulary.ts";

/** Tokens encoded per step: some tenths of a millisecond. */
const TOKENS_PER_STEP = 1024;

/**
 * The tokenizer of the World models: greedy longest match over the text's UTF-8. Token 0 is end of text and has no
 * bytes.
 *
 * @see https://github.com/BlinkDL/ChatRWKV/blob/main/tokenizer/rwkv_tokenizer.py
 */
export class WorldTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly #vocabulary: WorldVocabulary;
  #trie: ByteTrie | undefined;
  readonly #encoder = new TextEncoder();

  /**
   * @param file The vocabulary file. If two ids have the same bytes, text encodes to the higher one.
   * @throws {VocabularyError} If the file is not a World vocabulary.
   */
  constructor(file: Uint8Array) {
    this.#vocabulary = parseWorldVocabulary(file);
    this.vocabSize = this.#vocabulary.size;
  }

  encode(text: string): number[] {
    return atOnce(this.encoding(text));
  }

  *encoding(text: string): Generator<void, number[]> {
    const { starts, ends } = this.#vocabulary;
    // Built lazily: a thread that only decodes, like the engine's, does not need it.
    const trie = this.#trie ??= trieOf(this.#vocabulary);
    const bytes = this.#encoder.encode(text);
    const tokens: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const token = trie.longest(bytes, at);
      tokens.push(token);
      if (tokens.length % TOKENS_PER_STEP === 0) yield;
      at += ends[token]! - starts[token]!;
    }
    return tokens;
  }

  bytes(token: number): Uint8Array {
    const { starts, ends, pool } = this.#vocabulary;
    return pool.slice(starts[token] ?? 0, ends[token] ?? 0);
  }
}

function trieOf({ size, starts, ends, pool }: WorldVocabulary): ByteTrie {
  const trie = new ByteTrie();
  for (let id = 1; id < size; id++) {
    if (ends[id] !== 0) trie.set(pool.subarray(starts[id], ends[id]), id);
  }
  return trie;
}
