import { type Configurations, DEAD } from "./configurations.ts";
import { BOTTOM, type Stacks } from "./stacks.ts";
import type { VocabularyTrie } from "./vocabulary_trie.ts";

/** Tokens or nodes, and as many numbers of characters. */
interface Counted {
  readonly of: number[];
  readonly characters: number[];
}

/**
 * What can be read in a string without bounds, with the number of characters that is read before it ends. It is found
 * out once, so that what a string with bounds allows is picked from it, instead of walked for each number of characters
 * that may or must still come.
 */
export class CharacterProfile {
  /** Tokens that do not end the string, with the characters that they have or begin. */
  readonly #inside: Counted = { of: [], characters: [] };
  /** Tokens that do, and that go on in the rule of the string. */
  readonly #closing: Counted = { of: [], characters: [] };
  /** Nodes of the trie at which the rule may have ended. */
  readonly #exits: Counted = { of: [], characters: [] };

  /** @param state of an unbounded loop over characters */
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
      // Between two characters the loop is alone; in the middle of one it is not, nor after the last.
      const between = configuration === start;
      characters[depth] = before + (between ? 1 : 0);
      const isOver = configurations.nodesOf(configuration)
        .every((each) => !isWithin(stacks, each, state));
      const list = isOver ? this.#closing : this.#inside;
      const begun = isOver || between ? characters[depth]! : before + 1;
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) add(list, tokens[i]!, begun);
      if (configurations.ends(configuration) && next[node]! > node + 1) {
        add(this.#exits, node, characters[depth]!);
      }
      node++;
    }
  }

  /** Numbers that it holds. */
  get size(): number {
    return 2 * (this.#inside.of.length + this.#closing.of.length + this.#exits.of.length);
  }

  /** Tokens that may come where so many characters must and may still come. */
  tokens(least: number, most: number): number[] {
    const picked = pick(this.#inside, 0, most);
    for (const token of pick(this.#closing, least, most)) picked.push(token);
    return picked;
  }

  /** Nodes of the trie at which the rule may have ended then. */
  exits(least: number, most: number): number[] {
    return pick(this.#exits, least, most);
  }
}

function add({ of, characters }: Counted, one: number, count: number): void {
  of.push(one);
  characters.push(count);
}

function pick({ of, characters }: Counted, least: number, most: number): number[] {
  return of.filter((_, i) => characters[i]! >= least && characters[i]! <= most);
}

/** Whether a stack is in the loop of a state. */
function isWithin(stacks: Stacks, node: number, state: number): boolean {
  for (let each = node; each !== BOTTOM; each = stacks.parentOf(each)) {
    if (stacks.stateOf(each) === state) return true;
  }
  return false;
}
