import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Grammar } from "./grammar.ts";
import { Masks } from "./masks.ts";
import { Matcher } from "./matcher.ts";
import { endTokens, type Vocabulary } from "./vocabulary.ts";
import { type VocabularyTrie, vocabularyTrie } from "./vocabulary_trie.ts";

/** Grammars of which what was found out is kept. */
const MAX_GRAMMARS = 32;

/** How a model ends its answers. */
export interface AnswerEnd {
  /** The token that ends a text. */
  readonly endOfText: number;
  /** The sequences that end an answer. */
  readonly stop: readonly string[];
}

/** Constrains answers of one model. What is found out about a grammar serves the next answer under it. */
export class Constrainer {
  readonly #tokenizer: Tokenizer;
  readonly #masks = new Map<string, Masks>();
  readonly #ends = new Map<string, readonly number[]>();
  /** Made when the first answer is constrained: it takes seconds for a large vocabulary. */
  #trie: VocabularyTrie | undefined;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** A matcher that has read the beginning of an answer, or a new one if the grammar does not allow that beginning. */
  openAfter(grammar: Grammar, end: AnswerEnd, begun: readonly number[]): Matcher {
    const matcher = this.open(grammar, end);
    for (const token of begun) {
      if (!matcher.allows(token)) return this.open(grammar, end);
      matcher.accept(token);
    }
    return matcher;
  }

  /** A matcher at the beginning of an answer. */
  open(grammar: Grammar, { endOfText, stop }: AnswerEnd): Matcher {
    this.#trie ??= vocabularyTrie(this.#tokenizer);
    let masks = this.#masks.get(grammar.id);
    if (!masks || masks.isFull) masks = new Masks(grammar, this.#trie);
    keepLatest(this.#masks, grammar.id, masks);
    const key = JSON.stringify([endOfText, stop]);
    const ends = this.#ends.get(key) ?? endTokens(this.#tokenizer, endOfText, stop);
    keepLatest(this.#ends, key, ends);
    const vocabulary: Vocabulary = {
      trie: this.#trie,
      ends,
      bytes: (token) => this.#tokenizer.bytes(token),
    };
    return new Matcher(masks, grammar.start, vocabulary);
  }
}

/** Puts an entry last, and drops the one that was not used for the longest time if there are too many. */
function keepLatest<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_GRAMMARS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
