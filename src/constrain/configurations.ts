import type { Stacks } from "./stacks.ts";

/** The configuration after a byte that is not allowed. */
export const DEAD = -1;
const UNKNOWN = -2;

interface Configuration {
  readonly nodes: readonly number[];
  readonly ends: boolean;
  /** The configuration after each byte, {@linkcode DEAD}, or {@linkcode UNKNOWN} if not computed yet. `[256]` */
  readonly next: Int32Array;
}

/**
 * Sets of parallel stacks, as the states of a deterministic automaton that is built lazily. Equal sets have the same
 * number.
 */
export class Configurations {
  readonly #stacks: Stacks;
  readonly #all: Configuration[] = [];
  readonly #byNodes = new Map<string, number>();

  constructor(stacks: Stacks) {
    this.#stacks = stacks;
  }

  /** Number of configurations. */
  get size(): number {
    return this.#all.length;
  }

  /** The configuration of a set of stacks. @param nodes without duplicates */
  of(nodes: readonly number[]): number {
    const key = nodes.toSorted((a, b) => a - b).join();
    let configuration = this.#byNodes.get(key);
    if (configuration === undefined) {
      const ends = nodes.some((node) => this.#stacks.closure(node).ends);
      const next = new Int32Array(256).fill(UNKNOWN);
      configuration = this.#all.push({ nodes, ends, next }) - 1;
      this.#byNodes.set(key, configuration);
    }
    return configuration;
  }

  /** The stacks of a configuration. */
  nodesOf(configuration: number): readonly number[] {
    return this.#all[configuration]!.nodes;
  }

  /** Whether the input may end in a configuration. */
  ends(configuration: number): boolean {
    return this.#all[configuration]!.ends;
  }

  /** The configuration after a byte, or {@linkcode DEAD}. */
  after(configuration: number, byte: number): number {
    const { nodes, next } = this.#all[configuration]!;
    let found = next[byte]!;
    if (found === UNKNOWN) {
      const stepped = this.#stacks.step(nodes, byte);
      found = stepped.length === 0 ? DEAD : this.of(stepped);
      next[byte] = found;
    }
    return found;
  }
}
