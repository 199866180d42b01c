import { CharacterProfile } from "./character_profile.ts";
import { Configurations, DEAD } from "./configurations.ts";
import { EDGE, type Grammar, LOOP } from "./grammar.ts";
import { BOTTOM, Stacks } from "./stacks.ts";
import type { VocabularyTrie } from "./vocabulary_trie.ts";
import { Walk } from "./walk.ts";

/** Stacks, configurations and numbers of tokens that are kept: some tens of megabytes at the most. */
const MAX_STACKS = 200_000;
const MAX_CONFIGURATIONS = 10_000;
const MAX_KEPT = 4_000_000;

const ROOT = Int32Array.of(0);

/** The top of a stack. */
interface Top {
  readonly state: number;
  readonly count: number;
}

/** How many rounds of a loop must and may still come. */
interface Rounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Which tokens may come next, for one grammar and one vocabulary.
 *
 * A token may end several rules and begin others, so in general it must be tried on the whole stack. But most can be
 * told by its top: for each state on top it is found out once which tokens stay within its rule, and at which places of
 * the trie the rule may end. Only from there on what is below on the stack matters, again by its top alone.
 *
 * @see Dong et al., "XGrammar: Flexible and efficient structured generation engine", 2024, section 3.1, for the division
 *   into tokens that depend on the stack and those that do not
 */
export class Masks {
  readonly stacks: Stacks;
  readonly #trie: VocabularyTrie;
  readonly #grammar: Grammar;
  readonly #configurations: Configurations;
  readonly #walks = new Map<string, Walk>();
  /** The profiles of loops over characters, by the state of the loop without bounds. */
  readonly #profiles = new Map<number, CharacterProfile>();
  #kept = 0;

  constructor(grammar: Grammar, trie: VocabularyTrie) {
    this.stacks = new Stacks(grammar);
    this.#configurations = new Configurations(this.stacks);
    this.#grammar = grammar;
    this.#trie = trie;
  }

  /** Whether so much is kept that it is time to begin anew. */
  get isFull(): boolean {
    return this.stacks.size > MAX_STACKS || this.#configurations.size > MAX_CONFIGURATIONS ||
      this.#kept > MAX_KEPT;
  }

  /**
   * Sets the bits of the tokens that may come.
   *
   * @param nodes the stacks, none twice
   * @param mask `[ceil(V / 32)]`, all 0
   */
  fill(nodes: readonly number[], mask: Uint32Array): void {
    // By what is below the top, which walks do not look at; what they return to joins the same way.
    const groups = new Map<number, Set<number>>();
    const add = (node: number): boolean => {
      if (node === BOTTOM) return false;
      const parent = this.stacks.parentOf(node);
      const group = groups.get(parent) ?? new Set();
      groups.set(parent, group);
      return group.size < group.add(node).size;
    };
    for (const node of nodes) add(node);
    const waiting = [...groups.keys()];
    const done = new Map<number, number>();
    for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
      const group = groups.get(parent)!;
      if (done.get(parent) === group.size) continue;
      done.set(parent, group.size);
      const walk = this.#walkTops([...group].map((node) => this.#topOf(node)));
      walk.addTo(mask);
      this.#fillExits(walk, parent, mask);
      if (walk.ends && add(parent)) waiting.push(this.stacks.parentOf(parent));
    }
  }

  /** Goes on where rules may have ended in the middle of tokens. */
  #fillExits(walk: Walk, parent: number, mask: Uint32Array): void {
    let from = walk;
    for (let node = parent; node !== BOTTOM; node = this.stacks.parentOf(node)) {
      const { id, exits } = from;
      if (exits.length === 0) return;
      const top = this.#topOf(node);
      from = this.#keep(`${id}>${this.#keyOf(top)}`, () => this.#walk(exits, [top]));
      from.addTo(mask);
    }
  }

  /** What can be read of tokens, from their first byte, with one of some states on top. */
  #walkTops(tops: readonly Top[]): Walk {
    const key = tops.map((top) => this.#keyOf(top)).sort().join(" ");
    return this.#keep(key, () => {
      const unbounded = tops.length === 1 ? this.#grammar.unbounded[tops[0]!.state]! : -1;
      return unbounded === -1
        ? this.#walk(ROOT, tops)
        : this.#walkCharacters(unbounded, this.#rounds(tops[0]!)!, this.#start(tops));
    });
  }

  #topOf(node: number): Top {
    return { state: this.stacks.stateOf(node), count: this.stacks.countOf(node) };
  }

  #start(tops: readonly Top[]): number {
    return this.#configurations.of(
      tops.map(({ state, count }) => this.stacks.node(state, count, BOTTOM)),
    );
  }

  /** Names what can be read with a state on top. */
  #keyOf(top: Top): string {
    const rounds = this.#rounds(top);
    return rounds ? `${top.state}:${rounds.least}:${rounds.most}` : `${top.state}`;
  }

  /** The rounds of the loop that a state is, if it is one. No token goes round more often than it has bytes. */
  #rounds({ state, count }: Top): Rounds | undefined {
    const { offsets, edges, loops } = this.#grammar;
    const edge = offsets[state]! * EDGE;
    if (edges[edge] !== LOOP) return undefined;
    const far = this.#trie.longest + 1;
    const least = loops[edges[edge + 2]! * 2]!;
    const most = loops[edges[edge + 2]! * 2 + 1]!;
    return {
      least: Math.min(far, Math.max(0, least - count)),
      most: most === -1 ? far : Math.min(far, most - count),
    };
  }

  #keep(key: string, make: () => Walk): Walk {
    const known = this.#walks.get(key);
    if (known) return known;
    const made = make();
    this.#walks.set(key, made);
    this.#kept += made.size;
    return made;
  }

  /** Walks down the trie from some nodes, in all of which one of some states is on top. */
  #walk(roots: Int32Array, tops: readonly Top[]): Walk {
    const { bytes, depths, next, offsets, tokens } = this.#trie;
    const configurations = this.#configurations;
    const start = this.#start(tops);
    const ends = configurations.ends(start);
    const allowed: number[] = [];
    const exits: number[] = [];
    const path: number[] = [];
    for (const root of roots) {
      path[depths[root]!] = start;
      // What may end without a byte has ended where it begins. At the root that is no end in the middle of a token.
      if (root !== 0 && ends) exits.push(root);
      const end = next[root]!;
      for (let node = root + 1; node < end;) {
        const configuration = configurations.after(path[depths[node]! - 1]!, bytes[node]!);
        if (configuration === DEAD) {
          node = next[node]!;
          continue;
        }
        path[depths[node]!] = configuration;
        for (let i = offsets[node]!; i < offsets[node + 1]!; i++) allowed.push(tokens[i]!);
        if (configurations.ends(configuration) && next[node]! > node + 1) exits.push(node);
        node++;
      }
    }
    return this.#toWalk(allowed, exits, ends);
  }

  /** What can be read in a string of bounded length. */
  #walkCharacters(unbounded: number, { least, most }: Rounds, start: number): Walk {
    let profile = this.#profiles.get(unbounded);
    if (!profile) {
      profile = new CharacterProfile(unbounded, this.#trie, this.stacks, this.#configurations);
      this.#profiles.set(unbounded, profile);
      this.#kept += profile.size;
    }
    const ends = this.#configurations.ends(start);
    return this.#toWalk(profile.tokens(least, most), profile.exits(least, most), ends);
  }

  #toWalk(tokens: readonly number[], exits: readonly number[], ends: boolean): Walk {
    return new Walk(this.#walks.size, tokens, exits, ends, this.#trie.vocabSize);
  }
}
