import { CharacterProfile } from "./character_profile.ts";
import { Configurations, DEAD } from "./configurations.ts";
import { EDGE, type Grammar, LOOP } from "./grammar.ts";
import { BOTTOM, Stacks } from "./stacks.ts";
import type { VocabularyTrie } from "./vocabulary_trie.ts";
import { Walk } from "./walk.ts";

/** Limits of the cached stacks, configurations and token numbers: some tens of megabytes in total. */
const MAX_STACKS = 200_000;
const MAX_CONFIGURATIONS = 10_000;
const MAX_CACHED = 4_000_000;

const ROOT = Int32Array.of(0);

/** The top of a stack: a state, and the completed rounds if it is a loop. */
interface Top {
  readonly state: number;
  readonly count: number;
}

/** The remaining minimum and maximum rounds of a loop. */
interface Rounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Computes the tokens that may come next, for one grammar and one vocabulary.
 *
 * A token may end several rules and start others, so in general it depends on the whole stack. Most tokens depend only
 * on the top: for each top state, it computes once which tokens stay within its rule, and at which trie nodes the rule
 * may end. Only from those nodes on does the rest of the stack matter, again by its top state alone.
 *
 * @see Dong et al., "XGrammar: Flexible and efficient structured generation engine", 2024, section 3.1, for the
 * division into context-independent and context-dependent tokens
 */
export class Masks {
  readonly stacks: Stacks;
  readonly #trie: VocabularyTrie;
  readonly #grammar: Grammar;
  readonly #configurations: Configurations;
  readonly #walks = new Map<string, Walk>();
  /** Profiles of loops over characters, by the state of the unbounded loop. */
  readonly #profiles = new Map<number, CharacterProfile>();
  /** Size of the cached walks and profiles. */
  #cached = 0;

  constructor(grammar: Grammar, trie: VocabularyTrie) {
    this.stacks = new Stacks(grammar);
    this.#configurations = new Configurations(this.stacks);
    this.#grammar = grammar;
    this.#trie = trie;
  }

  /** Whether the caches exceed their limits, so that the object should be replaced. */
  get isFull(): boolean {
    return this.stacks.size > MAX_STACKS || this.#configurations.size > MAX_CONFIGURATIONS ||
      this.#cached > MAX_CACHED;
  }

  /**
   * Sets the bits of the allowed tokens.
   *
   * @param nodes the stacks, without duplicates
   * @param mask `[ceil(V / 32)]`, initially 0
   */
  fill(nodes: readonly number[], mask: Uint32Array): void {
    // Stacks grouped by the part below the top, which walks ignore. Stacks that rules return to are added to the
    // groups.
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

  /** Continues the walk from nodes at which rules may have ended within tokens. */
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

  /** The walk from the root of the trie, with one of several states on top of the stack. */
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

  /** A key for the walks with this top. */
  #keyOf(top: Top): string {
    const rounds = this.#rounds(top);
    return rounds ? `${top.state}:${rounds.least}:${rounds.most}` : `${top.state}`;
  }

  /** The remaining rounds, if the state is a loop. Capped, since a token completes at most one round per byte. */
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
    this.#cached += made.size;
    return made;
  }

  /** Walks down the trie from several nodes, at each of which one of several states is on top of the stack. */
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
      // A rule that may be empty may end right at the node. At the root that is not within a token.
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

  /** The walk for a string of bounded length. */
  #walkCharacters(unbounded: number, { least, most }: Rounds, start: number): Walk {
    let profile = this.#profiles.get(unbounded);
    if (!profile) {
      profile = new CharacterProfile(unbounded, this.#trie, this.stacks, this.#configurations);
      this.#profiles.set(unbounded, profile);
      this.#cached += profile.size;
    }
    const ends = this.#configurations.ends(start);
    return this.#toWalk(profile.tokens(least, most), profile.exits(least, most), ends);
  }

  #toWalk(tokens: readonly number[], exits: readonly number[], ends: boolean): Walk {
    return new Walk(this.#walks.size, tokens, exits, ends, this.#trie.vocabSize);
  }
}
