import { type CodePoints, complement, intersection } from "./code_points.ts";
import { Nfa } from "./nfa.ts";
import { type Place, WORD } from "./pattern_syntax.ts";

const NOT_WORD = complement(WORD);

/** The context before a position. */
const START = 0;
const AFTER_WORD = 1;
const AFTER_OTHER = 2;

/** The contexts that may come after a position, as bits. */
const WORD_NEXT = 1;
const OTHER_NEXT = 2;
const END_NEXT = 4;
const ANY_NEXT = WORD_NEXT | OTHER_NEXT | END_NEXT;

/** Empty transitions of an automaton that are conditional on the position in the text (`^`, `$`, `\b`, `\B`). */
export class Places {
  readonly #edges = new Map<number, { readonly place: Place; readonly to: number }[]>();
  #hasBorders = false;

  get isEmpty(): boolean {
    return this.#edges.size === 0;
  }

  add(from: number, place: Place, to: number): void {
    const edges = this.#edges.get(from) ?? [];
    this.#edges.set(from, edges);
    edges.push({ place, to });
    this.#hasBorders ||= place === "border" || place === "inside";
  }

  /**
   * Resolves the conditions. The states of the result are states of the automaton together with the context before and
   * the allowed contexts after.
   *
   * @throws {PatternTooLargeError}
   */
  resolve(nfa: Nfa): Nfa {
    const resolved = new Nfa(nfa.effort);
    const states = new Map<string, number>();
    const waiting: (readonly [state: number, before: number, next: number])[] = [];
    const stateOf = (state: number, before: number, next: number): number => {
      const key = `${state} ${before} ${next}`;
      const known = states.get(key);
      if (known !== undefined) return known;
      const made = resolved.state();
      states.set(key, made);
      waiting.push([state, before, next]);
      return made;
    };
    resolved.start = stateOf(nfa.start, START, ANY_NEXT);
    resolved.accept = resolved.state();
    for (let at = 0; at < waiting.length; at++) {
      const [state, before, next] = waiting[at]!;
      const from = stateOf(state, before, next);
      if (state === nfa.accept && next & END_NEXT) resolved.empty[from]!.push(resolved.accept);
      for (const to of nfa.empty[state]!) resolved.empty[from]!.push(stateOf(to, before, next));
      for (const { place, to } of this.#edges.get(state) ?? []) {
        const narrowed = next & nextAt(place, before);
        if (narrowed) resolved.empty[from]!.push(stateOf(to, before, narrowed));
      }
      for (const { set, to } of nfa.edges[state]!) {
        // At word boundaries, each set is split in two.
        if (this.#hasBorders) nfa.effort.spend(set.length);
        for (const [part, after] of this.#split(set, next)) {
          if (part.length === 0) continue;
          resolved.edges[from]!.push({ set: part, to: stateOf(to, after, ANY_NEXT) });
        }
      }
    }
    return resolved;
  }

  /** The parts of a set that may come next, each with the context for the position after it. */
  *#split(set: CodePoints, next: number): Generator<readonly [CodePoints, number]> {
    if (!this.#hasBorders) {
      if (next & (WORD_NEXT | OTHER_NEXT)) yield [set, AFTER_OTHER];
      return;
    }
    if (next & WORD_NEXT) yield [intersection(set, WORD), AFTER_WORD];
    if (next & OTHER_NEXT) yield [intersection(set, NOT_WORD), AFTER_OTHER];
  }
}

/** The contexts that may come after an assertion, given the context before it. */
function nextAt(place: Place, before: number): number {
  switch (place) {
    case "start":
      return before === START ? ANY_NEXT : 0;
    case "end":
      return END_NEXT;
    case "border":
      return before === AFTER_WORD ? OTHER_NEXT | END_NEXT : WORD_NEXT;
    case "inside":
      return before === AFTER_WORD ? WORD_NEXT : OTHER_NEXT | END_NEXT;
  }
}
