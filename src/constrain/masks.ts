import { EDGE, type Grammar, LOOP } from "./grammar.ts";
import { BOTTOM, Stacks } from "./stacks.ts";
import type { VocabularyTrie } from "./vocabulary_trie.ts";

/** Stacks, configurations and numbers of tokens that are kept: some tens of megabytes at the most. */
const MAX_STACKS = 200_000;
const MAX_CONFIGURATIONS = 10_000;
const MAX_KEPT = 4_000_000;

/** Stacks at the same time. More are dropped: the language gets smaller by it and never wrong. */
const MAX_PARALLEL = 1_000;

const UNKNOWN = -2;
const DEAD = -1;

/** Stacks that are read at the same time, none twice. */
type Configuration = readonly number[];

/** What can be read from somewhere in the trie without looking below the stack's top rule. */
interface Walk {
  /** Names the exits: walks from the same exits are the same walk. */
  readonly id: number;
  /** Tokens that may come, as bits `[ceil(V / 32)]` if there are many. */
  readonly tokens: Int32Array;
  readonly bits: Uint32Array | undefined;
  /** Nodes of the trie, with others below, at which the rule may have ended. */
  readonly exits: Int32Array;
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
  readonly #configurations: { nodes: Configuration; ends: boolean; next: Int32Array }[] = [];
  readonly #byNodes = new Map<string, number>();
  readonly #walks = new Map<string, Walk>();
  /** The profiles of loops over characters, by state. */
  readonly #profiles = new Map<number, Profile>();
  #ids = 0;
  #kept = 0;

  constructor(grammar: Grammar, trie: VocabularyTrie) {
    this.stacks = new Stacks(grammar);
    this.#grammar = grammar;
    this.#trie = trie;
  }

  /** Whether so much is kept that it is time to begin anew. */
  get isFull(): boolean {
    return this.stacks.size > MAX_STACKS || this.#configurations.length > MAX_CONFIGURATIONS ||
      this.#kept > MAX_KEPT;
  }

  /** The stacks after a byte. Empty if it cannot come. */
  step(nodes: Configuration, byte: number): Configuration {
    const next = new Set<number>();
    for (const node of nodes) this.stacks.step(node, byte, next);
    if (next.size <= MAX_PARALLEL) return [...next];
    return [...next].slice(0, MAX_PARALLEL);
  }

  /**
   * Sets the bits of the tokens that may come.
   *
   * @param mask `[ceil(V / 32)]`, all 0
   */
  fill(nodes: Configuration, mask: Uint32Array): void {
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
      if (this.#fillGroup([...group], parent, mask) && add(parent)) {
        waiting.push(this.stacks.parentOf(parent));
      }
    }
  }

  /** Returns whether the rule may end at once. */
  #fillGroup(group: Configuration, parent: number, mask: Uint32Array): boolean {
    const tops = group.map((node) => ({
      state: this.stacks.stateOf(node),
      count: this.stacks.countOf(node),
    }));
    const [only] = tops;
    const walk = tops.length === 1 && this.#grammar.unbounded[only!.state] !== -1
      ? this.#walkCharacters(only!.state, only!.count)
      : this.#walkTops(tops);
    this.#apply(walk, mask);
    this.#fillExits(walk, parent, mask);
    return tops.some(({ state, count }) =>
      this.stacks.closure(this.stacks.node(state, count, BOTTOM)).ends
    );
  }

  /** Goes on where rules may have ended in the middle of tokens. */
  #fillExits(walk: Walk, parent: number, mask: Uint32Array): void {
    let node = parent;
    let from = walk;
    while (from.exits.length > 0 && node !== BOTTOM) {
      const top = { state: this.stacks.stateOf(node), count: this.stacks.countOf(node) };
      const exits = from;
      const key = `${exits.id}>${this.#keyOf(top)}`;
      from = this.#keep(key, () => this.#walk(exits.exits, this.#start([top])));
      this.#apply(from, mask);
      node = this.stacks.parentOf(node);
    }
  }

  #walkTops(tops: readonly Top[]): Walk {
    const key = tops.map((top) => this.#keyOf(top)).sort().join(" ");
    return this.#keep(key, () => this.#walk(ROOT, this.#start(tops)));
  }

  #start(tops: readonly Top[]): number {
    return this.#configuration(
      tops.map(({ state, count }) => this.stacks.node(state, count, BOTTOM)),
    );
  }

  /** Names what can be read with a state on top. No token goes round a loop more often than it has bytes. */
  #keyOf({ state, count }: Top): string {
    const { offsets, edges, loops } = this.#grammar;
    const edge = offsets[state]! * EDGE;
    if (edges[edge] !== LOOP) return `${state}`;
    const far = this.#trie.longest + 1;
    const least = loops[edges[edge + 2]! * 2]!;
    const most = loops[edges[edge + 2]! * 2 + 1]!;
    const missing = Math.min(far, Math.max(0, least - count));
    const left = most === -1 ? far : Math.min(far, most - count);
    return `${state}:${missing}:${left}`;
  }

  #keep(key: string, make: () => Walk): Walk {
    const known = this.#walks.get(key);
    if (known) return known;
    const made = make();
    this.#walks.set(key, made);
    this.#kept += made.tokens.length + made.exits.length + (made.bits?.length ?? 0);
    return made;
  }

  /** Walks down the trie from some nodes, in all of which the configuration is the same. */
  #walk(roots: Int32Array, start: number): Walk {
    const { bytes, depths, next, offsets, tokens } = this.#trie;
    const allowed: number[] = [];
    const exits: number[] = [];
    const path: number[] = [];
    for (const root of roots) {
      path[depths[root]!] = start;
      // What may end without a byte has ended where it begins. At the root that is no end in the middle of a token.
      if (root !== 0 && this.#configurations[start]!.ends) exits.push(root);
      const end = next[root]!;
      for (let node = root + 1; node < end;) {
        const configuration = this.#next(path[depths[node]! - 1]!, bytes[node]!);
        if (configuration === DEAD) {
          node = next[node]!;
          continue;
        }
        path[depths[node]!] = configuration;
        for (let i = offsets[node]!; i < offsets[node + 1]!; i++) allowed.push(tokens[i]!);
        if (this.#configurations[configuration]!.ends && next[node]! > node + 1) exits.push(node);
        node++;
      }
    }
    return this.#toWalk(Int32Array.from(allowed), Int32Array.from(exits));
  }

  #toWalk(tokens: Int32Array, exits: Int32Array): Walk {
    const id = this.#ids++;
    const words = (this.#trie.vocabSize + 31) >> 5;
    if (tokens.length <= words) return { id, tokens, bits: undefined, exits };
    const bits = new Uint32Array(words);
    for (const token of tokens) bits[token >> 5]! |= 1 << (token & 31);
    return { id, tokens: NONE, bits, exits };
  }

  #apply({ tokens, bits }: Walk, mask: Uint32Array): void {
    if (bits) { for (let i = 0; i < bits.length; i++) mask[i]! |= bits[i]!; }
    for (const token of tokens) mask[token >> 5]! |= 1 << (token & 31);
  }

  /**
   * What can be read in a string of bounded length. How many characters each token has is found out once, so that
   * tokens are picked by the number of characters that may or must still come, instead of walked for each number.
   */
  #walkCharacters(state: number, count: number): Walk {
    const { offsets, edges, loops } = this.#grammar;
    const loop = edges[offsets[state]! * EDGE + 2]!;
    const far = this.#trie.longest + 1;
    const missing = Math.min(far, Math.max(0, loops[loop * 2]! - count));
    const most = loops[loop * 2 + 1]!;
    const left = most === -1 ? far : Math.min(far, most - count);
    return this.#keep(`${state}:${missing}:${left}`, () => {
      let profile = this.#profiles.get(state);
      if (!profile) {
        profile = this.#profile(this.#grammar.unbounded[state]!);
        this.#profiles.set(state, profile);
        this.#kept += 2 * (profile.tokens.length + profile.exits.length);
      }
      const { tokens, tokenCharacters, exits, exitCharacters, closing, closingCharacters } =
        profile;
      const enough = (characters: number) => characters >= missing && characters <= left;
      const inside = tokens.filter((_, i) => tokenCharacters[i]! <= left);
      const after = closing.filter((_, i) => enough(closingCharacters[i]!));
      const both = new Int32Array(inside.length + after.length);
      both.set(inside);
      both.set(after, inside.length);
      return this.#toWalk(both, exits.filter((_, i) => enough(exitCharacters[i]!)));
    });
  }

  #profile(state: number): Profile {
    const { bytes, depths, next, offsets, tokens } = this.#trie;
    const start = this.#start([{ state, count: 0 }]);
    const path = [start];
    const characters = [0];
    const inside: number[][] = [[], []];
    const closing: number[][] = [[], []];
    const exits: number[][] = [[], []];
    for (let node = 1; node < bytes.length;) {
      const depth = depths[node]!;
      const configuration = this.#next(path[depth - 1]!, bytes[node]!);
      if (configuration === DEAD) {
        node = next[node]!;
        continue;
      }
      path[depth] = configuration;
      const before = characters[depth - 1]!;
      // Between two characters the loop is alone; in the middle of one it is not, nor after the last.
      const between = configuration === start;
      characters[depth] = before + (between ? 1 : 0);
      const { nodes } = this.#configurations[configuration]!;
      const isOver = nodes.every((each) => !this.#isWithin(each, state));
      const list = isOver ? closing : inside;
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) {
        list[0]!.push(tokens[i]!);
        list[1]!.push(isOver || between ? characters[depth]! : before + 1);
      }
      if (this.#configurations[configuration]!.ends && next[node]! > node + 1) {
        exits[0]!.push(node);
        exits[1]!.push(characters[depth]!);
      }
      node++;
    }
    return {
      tokens: Int32Array.from(inside[0]!),
      tokenCharacters: Int32Array.from(inside[1]!),
      closing: Int32Array.from(closing[0]!),
      closingCharacters: Int32Array.from(closing[1]!),
      exits: Int32Array.from(exits[0]!),
      exitCharacters: Int32Array.from(exits[1]!),
    };
  }

  /** Whether a stack is in the loop of a state. */
  #isWithin(node: number, state: number): boolean {
    for (let each = node; each !== BOTTOM; each = this.stacks.parentOf(each)) {
      if (this.stacks.stateOf(each) === state) return true;
    }
    return false;
  }

  #configuration(nodes: Configuration): number {
    const key = nodes.toSorted((a, b) => a - b).join();
    let configuration = this.#byNodes.get(key);
    if (configuration === undefined) {
      const ends = nodes.some((node) => this.stacks.closure(node).ends);
      const next = new Int32Array(256).fill(UNKNOWN);
      configuration = this.#configurations.push({ nodes, ends, next }) - 1;
      this.#byNodes.set(key, configuration);
    }
    return configuration;
  }

  #next(configuration: number, byte: number): number {
    const { nodes, next } = this.#configurations[configuration]!;
    let found = next[byte]!;
    if (found === UNKNOWN) {
      const stepped = this.step(nodes, byte);
      found = stepped.length === 0 ? DEAD : this.#configuration(stepped);
      next[byte] = found;
    }
    return found;
  }
}

/** The top of a stack. */
interface Top {
  readonly state: number;
  readonly count: number;
}

/** What can be read in a string without bounds, with the number of characters that is read before it ends. */
interface Profile {
  /** Tokens that do not end the string, with the characters that they have or begin. */
  readonly tokens: Int32Array;
  readonly tokenCharacters: Int32Array;
  /** Tokens that do, and that go on in the rule of the string. */
  readonly closing: Int32Array;
  readonly closingCharacters: Int32Array;
  /** Nodes of the trie at which the rule may have ended. */
  readonly exits: Int32Array;
  readonly exitCharacters: Int32Array;
}

const ROOT = Int32Array.of(0);
const NONE = new Int32Array();
