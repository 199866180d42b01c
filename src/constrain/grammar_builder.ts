import { Effort } from "./effort.ts";
import { SchemaError, SchemaTooLargeError } from "./errors.ts";
import {
  BYTE,
  CALL,
  EDGE,
  EMPTY,
  type Grammar,
  LOOP,
  type Unenforced,
  UNREACHABLE,
} from "./grammar.ts";

/** Maximum number of states: some megabytes of tables. */
const MAX_STATES = 100_000;
/** Maximum number of states ever allocated, including truncated ones: some tenths of a second. */
const MAX_ALLOCATED = 300_000;
/** Steps that a state counts for: it is visited several times before the grammar is finished. */
const STATE_STEPS = 10;
/** Steps that an edge counts for. */
const EDGE_STEPS = 5;

type Edge = readonly [kind: number, a: number, b: number, target: number];

const encoder = new TextEncoder();

/** Builds a {@linkcode Grammar} state by state. */
export class GrammarBuilder {
  readonly #edges: Edge[][] = [];
  readonly #final: boolean[] = [];
  readonly #loops: [least: number, most: number][] = [];
  readonly #unbounded = new Map<number, number>();
  /** Counts the steps of the compilation. */
  readonly effort: Effort;
  #allocated = 0;

  constructor(effort: Effort = new Effort()) {
    this.effort = effort;
  }

  /** Number of states. */
  get size(): number {
    return this.#edges.length;
  }

  /**
   * Adds a state without edges.
   *
   * @throws {SchemaTooLargeError}
   * @throws {EffortExceededError}
   */
  state(): number {
    this.effort.spend(STATE_STEPS);
    if (this.#edges.length >= MAX_STATES || this.#allocated >= MAX_ALLOCATED) {
      throw new SchemaTooLargeError([], `it needs more than ${MAX_STATES} states`);
    }
    this.#allocated++;
    return this.#edges.push([]) - 1;
  }

  /** Adds a final state. */
  end(): number {
    const state = this.state();
    this.#final[state] = true;
    return state;
  }

  /** Makes a state final. */
  finish(state: number): void {
    this.#final[state] = true;
  }

  /** Removes all states from number `size` on. No remaining state may refer to them. */
  truncate(size: number): void {
    this.#edges.length = size;
    this.#final.length = Math.min(this.#final.length, size);
    for (const state of this.#unbounded.keys()) {
      if (state >= size) this.#unbounded.delete(state);
    }
  }

  /** Adds an edge that reads a byte of a range. */
  bytes(from: number, lowest: number, highest: number, to: number): void {
    this.effort.spend(EDGE_STEPS);
    this.#edges[from]!.push([BYTE, lowest, highest, to]);
  }

  /** Adds an edge that reads nothing. */
  empty(from: number, to: number): void {
    this.effort.spend(EDGE_STEPS);
    this.#edges[from]!.push([EMPTY, 0, 0, to]);
  }

  /** Adds an edge that reads a rule. */
  call(from: number, rule: number, to: number): void {
    this.effort.spend(EDGE_STEPS);
    this.#edges[from]!.push([CALL, rule, 0, to]);
  }

  /** Reads a rule between `least` and `most` times. Returns the loop's state. */
  loop(from: number, rule: number, least: number, most: number | undefined, to: number): number {
    const state = this.state();
    this.empty(from, state);
    this.#edges[state]!.push([LOOP, rule, this.#loops.length, to]);
    this.#loops.push([least, most ?? -1]);
    return state;
  }

  /**
   * Reads a rule for one character of a string between `least` and `most` times. The last byte of a character must lead
   * to a final state without edges, so that its end is unambiguous.
   */
  characters(from: number, rule: number, least: number, most: number | undefined, to: number) {
    const state = this.loop(from, rule, least, most, to);
    if (least === 0 && most === undefined) return;
    const unused = this.state();
    this.#unbounded.set(state, this.loop(unused, rule, 0, undefined, to));
  }

  /** Reads exactly this text. */
  text(from: number, text: string, to: number): void {
    this.texts(from, [[text, to]]);
  }

  /** Reads one of several texts, each leading to its own state. Common prefixes share states. */
  texts(from: number, texts: Iterable<readonly [text: string, to: number]>): void {
    const children = new Map<number, Map<number, number>>();
    for (const [text, to] of texts) {
      const bytes = encoder.encode(text);
      const last = bytes.at(-1);
      if (last === undefined) {
        this.empty(from, to);
        continue;
      }
      let state = from;
      for (const byte of bytes.subarray(0, -1)) {
        const known = children.get(state) ?? new Map<number, number>();
        children.set(state, known);
        let next = known.get(byte);
        if (next === undefined) {
          next = this.state();
          known.set(byte, next);
          this.bytes(state, byte, byte, next);
        }
        state = next;
      }
      this.bytes(state, last, last, to);
    }
  }

  /** The rules whose end is unreachable. */
  endless(rules: readonly number[]): readonly number[] {
    const distance = this.#distances();
    return rules.filter((rule) => distance[rule] === UNREACHABLE);
  }

  /**
   * Builds the grammar, without paths that never reach the end.
   *
   * @throws {SchemaError} if the language is empty
   */
  build(id: string, start: number, unenforced: readonly Unenforced[] = []): Grammar {
    const distance = this.#distances();
    if (distance[start] === UNREACHABLE) {
      throw new SchemaError([], "it allows no finite value");
    }
    const offsets = new Int32Array(this.#edges.length + 1);
    const kept: number[] = [];
    this.#edges.forEach((edges, state) => {
      for (const edge of edges) kept.push(...this.#trimmed(edge, distance));
      offsets[state + 1] = kept.length / EDGE;
    });
    const states = this.#edges.keys();
    return {
      id,
      start,
      offsets,
      edges: Int32Array.from(kept),
      final: Uint8Array.from(this.#edges, (_, state) => this.#final[state] ? 1 : 0),
      distance,
      loops: Int32Array.from(this.#loops.flat()),
      unbounded: Int32Array.from(states, (state) => this.#unbounded.get(state) ?? -1),
      unenforced,
    };
  }

  #trimmed([kind, a, b, to]: Edge, distance: Int32Array): readonly number[] {
    if (distance[to] === UNREACHABLE) return [];
    const reachable = kind === BYTE || kind === EMPTY || distance[a] !== UNREACHABLE;
    if (reachable) return [kind, a, b, to];
    // A loop over a rule without an end can only be skipped.
    return kind === LOOP && this.#loops[b]![0] === 0 ? [EMPTY, 0, 0, to] : [];
  }

  /** The minimum number of bytes from each state to the end of its rule, by relaxation with a work list. */
  #distances(): Int32Array {
    const distance = new Int32Array(this.#edges.length).fill(UNREACHABLE);
    // For each state, the edges whose length depends on it, as pairs of a state and an edge index.
    const dependents = this.#edges.map((): number[] => []);
    this.#edges.forEach((edges, state) => {
      edges.forEach(([kind, a, , to], index) => {
        dependents[to]!.push(state, index);
        if (kind === CALL || kind === LOOP) dependents[a]!.push(state, index);
      });
    });
    const waiting: number[] = [];
    this.#edges.forEach((_, state) => {
      if (!this.#final[state]) return;
      distance[state] = 0;
      waiting.push(state);
    });
    for (const lowered of waiting) {
      const edges = dependents[lowered]!;
      for (let i = 0; i < edges.length; i += 2) {
        const state = edges[i]!;
        const length = this.#length(this.#edges[state]![edges[i + 1]!]!, distance);
        if (length >= distance[state]!) continue;
        distance[state] = length;
        waiting.push(state);
      }
    }
    return distance;
  }

  #length([kind, a, b, to]: Edge, distance: Int32Array): number {
    const rest = distance[to]!;
    const times = kind === CALL ? 1 : kind === LOOP ? this.#loops[b]![0] : 0;
    if (rest === UNREACHABLE || (times > 0 && distance[a] === UNREACHABLE)) return UNREACHABLE;
    const length = rest + (kind === BYTE ? 1 : times === 0 ? 0 : times * distance[a]!);
    return Math.min(length, UNREACHABLE - 1);
  }
}
