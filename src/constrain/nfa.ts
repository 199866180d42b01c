import { type CodePoints, EVERY, intersection } from "./code_points.ts";

/** A pattern is larger than may be compiled. */
export class PatternTooLargeError extends Error {
  override readonly name = "PatternTooLargeError";
}

/** States of the automaton of a pattern. */
const MAX_STATES = 5_000;

/** A language of strings as a finite automaton over code points. One state is where it begins, one where it ends. */
export class Nfa {
  readonly edges: { readonly set: CodePoints; readonly to: number }[][] = [];
  readonly empty: number[][] = [];
  start = 0;
  accept = 0;

  /** @throws {PatternTooLargeError} */
  state(): number {
    if (this.edges.length === MAX_STATES) {
      throw new PatternTooLargeError(`It needs more than ${MAX_STATES} states`);
    }
    this.empty.push([]);
    return this.edges.push([]) - 1;
  }

  /** All states that a state leads to over nothing, itself among them. */
  closure(state: number): number[] {
    const reached = new Set([state]);
    for (const each of reached) for (const next of this.empty[each]!) reached.add(next);
    return [...reached];
  }

  /** Strings of so many code points. */
  static ofLength(least: number, most: number | undefined): Nfa {
    const nfa = new Nfa();
    nfa.start = nfa.accept = nfa.state();
    for (let length = 0; length < (most ?? least); length++) {
      const next = nfa.state();
      nfa.edges[nfa.accept]!.push({ set: EVERY, to: next });
      nfa.accept = next;
    }
    if (most === undefined) nfa.edges[nfa.accept]!.push({ set: EVERY, to: nfa.accept });
    else {
      const end = nfa.state();
      for (let length = least; length <= most; length++) nfa.empty[length]!.push(end);
      nfa.accept = end;
    }
    return nfa;
  }

  /** Strings that are in both languages: pairs of states, as far as they can be reached. */
  static both(a: Nfa, b: Nfa): Nfa {
    const nfa = new Nfa();
    const pairs = new Map<number, number>();
    const waiting: [number, number][] = [];
    const pair = (x: number, y: number): number => {
      const key = x * b.edges.length + y;
      let state = pairs.get(key);
      if (state === undefined) {
        state = nfa.state();
        pairs.set(key, state);
        waiting.push([x, y]);
      }
      return state;
    };
    nfa.start = pair(a.start, b.start);
    nfa.accept = nfa.state();
    for (let at = 0; at < waiting.length; at++) {
      const [x, y] = waiting[at]!;
      const from = pair(x, y);
      const [xs, ys] = [a.closure(x), b.closure(y)];
      if (xs.includes(a.accept) && ys.includes(b.accept)) nfa.empty[from]!.push(nfa.accept);
      for (const one of xs.flatMap((state) => a.edges[state]!)) {
        for (const other of ys.flatMap((state) => b.edges[state]!)) {
          const set = intersection(one.set, other.set);
          if (set.length > 0) nfa.edges[from]!.push({ set, to: pair(one.to, other.to) });
        }
      }
    }
    return nfa;
  }
}
