import { type Configurations, DEAD } from "./configurations.ts";
import { BOTTOM, type Stacks } from "./stacks.ts";
import type { VocabularyTrie } from "./vocabulary_trie.ts";

/** Tokens or trie nodes, each with a number of characters. */
interface Counted {
  readonly items: number[];
  readonly characters: number[];
}

/**
 * What an unbounded string can read, with the number of characters of each token. Computed once by walking the trie;
 * the tokens of a bounded string are then selected by their number of characters, without another walk for each pair of
 * bounds.
 */
export class CharacterProfile {
  /** Tokens that stay inside the string, with the characters that they contain or start. */
  readonly #inside: Counted = { items: [], characters: [] };
  /** Tokens that end the string and stay within its rule, with the characters before its end. */
  readonly #closing: Counted = { items: [], characters: [] };
  /** Trie nodes at which the rule may have ended, with the characters before its end. */
  readonly #exits: Counted = { items: [], characters: [] };

  /** @param state the state of an unbounded loop over characters */
  constructor(
    state: number,
    { bytes, depths, next, offsets, tokens }: VocabularyTrie,
    stacks: Stacks,
    configurations: Configurations,
  ) {
    const start = configurations.of([stacks.node(state, 0, BOTTOM)]);
    const path = [start];
    const characters = [0];
    for (let node = 1; node < bytes.length;) {
      const depth = depths[node]!;
      const configuration = configurations.after(path[depth - 1]!, bytes[node]!);
      if (configuration === DEAD) {
        node = next[node]!;
        continue;
      }
      path[depth] = configuration;
      const before = characters[depth - 1]!;
      // The start configuration recurs exactly between two characters.
      const between = configuration === start;
      characters[depth] = before + (between ? 1 : 0);
      const isOver = configurations.nodesOf(configuration)
        .every((each) => !isWithin(stacks, each, state));
      const list = isOver ? this.#closing : this.#inside;
      const started = isOver || between ? characters[depth]! : before + 1;
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) add(list, tokens[i]!, started);
      if (configurations.ends(configuration) && next[node]! > node + 1) {
        add(this.#exits, node, characters[depth]!);
      }
      node++;
    }
  }

  /** Memory use, as the number of stored numbers. */
  get size(): number {
    return 2 * (this.#inside.items.length + this.#closing.items.length + this.#exits.items.length);
  }

  /** The tokens allowed in a string that needs at least `least` and at most `most` more characters. */
  tokens(least: number, most: number): number[] {
    const picked = pick(this.#inside, 0, most);
    for (const token of pick(this.#closing, least, most)) picked.push(token);
    return picked;
  }

  /** The trie nodes at which the rule of such a string may have ended. */
  exits(least: number, most: number): number[] {
    return pick(this.#exits, least, most);
  }
}

function add({ items, characters }: Counted, item: number, count: number): void {
  items.push(item);
  characters.push(count);
}

function pick({ items, characters }: Counted, least: number, most: number): number[] {
  return items.filter((_, i) => characters[i]! >= least && characters[i]! <= most);
}

/** Whether a stack contains a state. */
function isWithin(stacks: Stacks, node: number, state: number): boolean {
  for (let each = node; each !== BOTTOM; each = stacks.parentOf(each)) {
    if (stacks.stateOf(each) === state) return true;
  }
  return false;
}
