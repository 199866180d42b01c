import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Grammar } from "./grammar.ts";
import { keepLatest } from "./grammar_cache.ts";
import { Masks } from "./masks.ts";
import { Matcher } from "./matcher.ts";
import { endTokens, type Vocabulary } from "./vocabulary.ts";
import { type VocabularyTrie, vocabularyTrie } from "./vocabulary_trie.ts";

/** Maximum number of grammars whose masks are cached. */
const MAX_GRAMMARS = 32;

/** How a model ends its answers. */
export interface AnswerEnd {
  /** The token that ends a text. */
  readonly endOfText: number;
  /** The sequences that end an answer. */
  readonly stop: readonly string[];
}

/** Constrains the answers of one model. Caches what it computes about a grammar for later answers. */
export class Constrainer {
  readonly #tokenizer: Tokenizer;
  readonly #masks = new Map<string, Masks>();
  readonly #ends = new Map<string, readonly number[]>();
  /** Built lazily: it takes seconds for a large vocabulary. */
  #trie: VocabularyTrie | undefined;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Opens a matcher that has read the start of an answer, or nothing if the grammar does not allow that start. */
  openAfter(grammar: Grammar, end: AnswerEnd, prefix: readonly number[]): Matcher {
    const matcher = this.open(grammar, end);
    for (const token of prefix) {
      if (!matcher.allows(token)) return this.open(grammar, end);
      matcher.accept(token);
    }
    return matcher;
  }

  /** Opens a matcher at the start of an answer. */
  open(grammar: Grammar, { endOfText, stop }: AnswerEnd): Matcher {
    this.#trie ??= vocabularyTrie(this.#tokenizer);
    let masks = this.#masks.get(grammar.id);
    if (!masks || masks.isFull) masks = new Masks(grammar, this.#trie);
    keepLatest(this.#masks, grammar.id, masks, MAX_GRAMMARS);
    const key = JSON.stringify([endOfText, stop]);
    const ends = this.#ends.get(key) ?? endTokens(this.#tokenizer, endOfText, stop);
    keepLatest(this.#ends, key, ends, MAX_GRAMMARS);
    const vocabulary: Vocabulary = {
      trie: this.#trie,
      ends,
      bytes: (token) => this.#tokenizer.bytes(token),
    };
    return new Matcher(masks, grammar.start, vocabulary);
  }
}
