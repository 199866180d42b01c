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

/** States of a grammar: some megabytes of tables at the most. */
const MAX_STATES = 100_000;
/** States that are made in all, those that were given back among them: some tenths of a second. */
const MAX_MADE = 300_000;
/** Steps that a state counts for: it is looked at several times before the grammar is done. */
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
  /** Counts what compiling the grammar takes. */
  readonly effort: Effort;
  #made = 0;

  constructor(effort: Effort = new Effort()) {
    this.effort = effort;
  }

  /** States that there are. */
  get size(): number {
    return this.#edges.length;
  }

  /**
   * @throws {SchemaTooLargeError}
   * @throws {EffortExceededError}
   */
  state(): number {
    this.effort.spend(STATE_STEPS);
    if (this.#edges.length >= MAX_STATES || this.#made >= MAX_MADE) {
      throw new SchemaTooLargeError([], `it needs more than ${MAX_STATES} states`);
    }
    this.#made++;
    return this.#edges.push([]) - 1;
  }

  /** A state at which a rule ends. */
  end(): number {
    const state = this.state();
    this.#final[state] = true;
    return state;
  }

  /** Lets a rule end at a state. */
  finish(state: number): void {
    this.#final[state] = true;
  }

  /** Gives back the states from a number on. Nothing before them may lead there. */
  truncate(size: number): void {
    this.#edges.length = size;
    this.#final.length = Math.min(this.#final.length, size);
    for (const state of this.#unbounded.keys()) {
      if (state >= size) this.#unbounded.delete(state);
    }
  }

  bytes(from: number, lowest: number, highest: number, to: number): void {
    this.effort.spend(EDGE_STEPS);
    this.#edges[from]!.push([BYTE, lowest, highest, to]);
  }

  empty(from: number, to: number): void {
    this.effort.spend(EDGE_STEPS);
    this.#edges[from]!.push([EMPTY, 0, 0, to]);
  }

  call(from: number, rule: number, to: number): void {
    this.effort.spend(EDGE_STEPS);
    this.#edges[from]!.push([CALL, rule, 0, to]);
  }

  /** So many times a rule. */
  loop(from: number, rule: number, least: number, most: number | undefined, to: number): number {
    const state = this.state();
    this.empty(from, state);
    this.#edges[state]!.push([LOOP, rule, this.#loops.length, to]);
    this.#loops.push([least, most ?? -1]);
    return state;
  }

  /**
   * So many times a rule that reads one character of a string. The end of the character must be known from what was
   * read, and the last byte lead to a final state without edges.
   */
  characters(from: number, rule: number, least: number, most: number | undefined, to: number) {
    const state = this.loop(from, rule, least, most, to);
    if (least === 0 && most === undefined) return;
    const apart = this.state();
    this.#unbounded.set(state, this.loop(apart, rule, 0, undefined, to));
  }

  /** Exactly this text. */
  text(from: number, text: string, to: number): void {
    this.texts(from, [[text, to]]);
  }

  /** One of these texts, each to a state of its own. Those that begin alike share their beginning. */
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

  /** Those of some rules that have no way to their end. */
  endless(rules: readonly number[]): readonly number[] {
    const distance = this.#distances();
    return rules.filter((rule) => distance[rule] === UNREACHABLE);
  }

  /**
   * The grammar, without the ways that never end.
   *
   * @throws {SchemaError} if nothing is in the language
   */
  build(id: string, start: number, unenforced: readonly Unenforced[] = []): Grammar {
    const distance = this.#distances();
    if (distance[start] === UNREACHABLE) {
      throw new SchemaError([], "there is no value that it allows, or none that is finite");
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
    // A loop over a rule that has no end can only be left at once.
    return kind === LOOP && this.#loops[b]![0] === 0 ? [EMPTY, 0, 0, to] : [];
  }

  /** The least number of bytes to the end of the rule, by relaxation: only edges that lead to what fell are looked at again. */
  #distances(): Int32Array {
    const distance = new Int32Array(this.#edges.length).fill(UNREACHABLE);
    // Of each state, the edges whose length depends on it, each as the state that has it and its index there.
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
    for (const fallen of waiting) {
      const edges = dependents[fallen]!;
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
