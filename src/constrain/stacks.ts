import { BYTE, CALL, EDGE, EMPTY, type Grammar, LOOP, UNREACHABLE } from "./grammar.ts";

/** The empty stack, at the end of the grammar. */
export const BOTTOM = 0;

/** Maximum number of parallel stacks. Dropping further ones makes the language smaller, but never wrong. */
const MAX_PARALLEL = 1_000;

/**
 * The stacks of a pushdown automaton, as nodes of a graph. A node is a state, the completed rounds of its loop, and the
 * parent node that its rule returns to. Equal stacks are the same node, so nodes can be compared, and results are
 * cached per node.
 */
export class Stacks {
  readonly grammar: Grammar;
  readonly #states = [-1];
  readonly #counts = [0];
  readonly #parents = [-1];
  /** The children of each node, by state and count. */
  readonly #above: (Map<number, number> | undefined)[] = [undefined];
  /** The closure of each node, computed lazily. */
  readonly #closures: (Closure | undefined)[] = [];
  readonly #distances: (number | undefined)[] = [0];

  constructor(grammar: Grammar) {
    this.grammar = grammar;
  }

  /** Number of nodes. */
  get size(): number {
    return this.#states.length;
  }

  stateOf(node: number): number {
    return this.#states[node]!;
  }

  countOf(node: number): number {
    return this.#counts[node]!;
  }

  parentOf(node: number): number {
    return this.#parents[node]!;
  }

  /** The stack with a state on top of `parent`. If the rule can only end at that state, it is `parent` itself. */
  node(state: number, count: number, parent: number): number {
    const { offsets, final } = this.grammar;
    if (final[state] && offsets[state] === offsets[state + 1]) return parent;
    const above = this.#above[parent] ??= new Map();
    const key = state * 2 ** 21 + count;
    let node = above.get(key);
    if (node === undefined) {
      node = this.#states.push(state) - 1;
      this.#counts.push(count);
      this.#parents.push(parent);
      this.#above.push(undefined);
      above.set(key, node);
    }
    return node;
  }

  /** The closure of a stack before the next byte. */
  closure(node: number): Closure {
    return this.#closures[node] ??= this.#close(node);
  }

  /** The stacks after a byte, without duplicates. Empty if the byte is not allowed. */
  step(nodes: readonly number[], byte: number): readonly number[] {
    const { offsets, edges } = this.grammar;
    const next = new Set<number>();
    for (const node of nodes) {
      for (const leaf of this.closure(node).leaves) {
        const state = this.#states[leaf]!;
        for (let edge = offsets[state]! * EDGE; edge < offsets[state + 1]! * EDGE; edge += EDGE) {
          if (edges[edge] !== BYTE || byte < edges[edge + 1]! || byte > edges[edge + 2]!) continue;
          next.add(this.node(edges[edge + 3]!, 0, this.#parents[leaf]!));
        }
      }
    }
    return next.size <= MAX_PARALLEL ? [...next] : [...next].slice(0, MAX_PARALLEL);
  }

  /** The byte that comes next on all of these stacks, if only one can come and the grammar cannot end here. */
  onlyByte(nodes: readonly number[]): number | undefined {
    const { offsets, edges } = this.grammar;
    let only: number | undefined;
    for (const node of nodes) {
      const { ends, leaves } = this.closure(node);
      if (ends) return undefined;
      for (const leaf of leaves) {
        const state = this.#states[leaf]!;
        for (let edge = offsets[state]! * EDGE; edge < offsets[state + 1]! * EDGE; edge += EDGE) {
          if (edges[edge] !== BYTE) continue;
          const [first, last] = [edges[edge + 1]!, edges[edge + 2]!];
          if (first !== last || first !== (only ?? first)) return undefined;
          only = first;
        }
      }
    }
    return only;
  }

  /** The minimum number of bytes to the end of the grammar. */
  distance(node: number): number {
    const known = this.#distances[node];
    if (known !== undefined) return known;
    const { distance, offsets, edges, loops } = this.grammar;
    const state = this.#states[node]!;
    let own = distance[state]!;
    const edge = offsets[state]! * EDGE;
    const count = this.#counts[node]!;
    if (count > 0 && edges[edge] === LOOP) {
      const least = loops[edges[edge + 2]! * 2]!;
      own -= Math.min(count, least) * distance[edges[edge + 1]!]!;
    }
    const whole = Math.min(UNREACHABLE, own + this.distance(this.#parents[node]!));
    return this.#distances[node] = whole;
  }

  /** The first byte of a shortest completion. Undefined at the end. */
  shortest(nodes: Iterable<number>): number | undefined {
    const { offsets, edges, distance } = this.grammar;
    let best: number | undefined;
    let least = Infinity;
    for (const node of nodes) {
      for (const leaf of this.closure(node).leaves) {
        const state = this.#states[leaf]!;
        const rest = this.distance(this.#parents[leaf]!);
        for (let edge = offsets[state]! * EDGE; edge < offsets[state + 1]! * EDGE; edge += EDGE) {
          if (edges[edge] !== BYTE) continue;
          const length = 1 + distance[edges[edge + 3]!]! + rest;
          if (length >= least) continue;
          least = length;
          best = edges[edge + 1]!;
        }
      }
    }
    return best;
  }

  #close(node: number): Closure {
    const { grammar } = this;
    const { offsets, edges, final, loops } = grammar;
    const seen = new Set([node]);
    const leaves: number[] = [];
    let ends = false;
    for (const each of seen) {
      if (each === BOTTOM) {
        ends = true;
        continue;
      }
      const state = this.#states[each]!;
      const parent = this.#parents[each]!;
      if (final[state]) seen.add(parent);
      let isLeaf = false;
      for (let edge = offsets[state]! * EDGE; edge < offsets[state + 1]! * EDGE; edge += EDGE) {
        const rule = edges[edge + 1]!;
        const target = edges[edge + 3]!;
        switch (edges[edge]) {
          case BYTE:
            isLeaf = true;
            break;
          case EMPTY:
            seen.add(this.node(target, 0, parent));
            break;
          case CALL:
            seen.add(this.node(rule, 0, this.node(target, 0, parent)));
            break;
          case LOOP: {
            const least = loops[edges[edge + 2]! * 2]!;
            const most = loops[edges[edge + 2]! * 2 + 1]!;
            const count = this.#counts[each]!;
            if (count >= least) seen.add(this.node(target, 0, parent));
            if (most !== -1 && count >= most) break;
            // Without an upper bound, counts above the lower bound are equivalent.
            const next = most === -1 ? Math.min(count + 1, least) : count + 1;
            seen.add(this.node(rule, 0, this.node(state, next, parent)));
          }
        }
      }
      if (isLeaf) leaves.push(each);
    }
    return { leaves, ends };
  }
}

/** The stacks reachable before the next byte, through calls, returns and empty edges. */
export interface Closure {
  /** The nodes with edges that read a byte. */
  readonly leaves: readonly number[];
  /** Whether the input may end here. */
  readonly ends: boolean;
}
