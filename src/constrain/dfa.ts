import { type CodePoints, codePoints, hasPoint } from "./code_points.ts";
import { Effort } from "./effort.ts";
import { Nfa, PatternTooLargeError } from "./nfa.ts";

const MAX_STATES = 2_000;
/** Maximum total work, in tests of a set for a range of code points. */
const MAX_STEPS = 5_000_000;
const END = 0x110000;

/**
 * A deterministic automaton over code points that recognises several languages at once. State 0 is the start state.
 * Every state has an edge for every code point.
 */
export interface Dfa {
  readonly edges: readonly (readonly { readonly set: CodePoints; readonly to: number }[])[];
  /** The set of languages that accept in each state, as bits. */
  readonly labels: readonly number[];
}

/**
 * The subset construction over several automata.
 *
 * @param nfas at most 30
 * @throws {PatternTooLargeError}
 * @throws {EffortExceededError}
 */
export function determinise(nfas: readonly Nfa[]): Dfa {
  const effort = nfas[0]?.effort ?? new Effort();
  const offsets: number[] = [];
  nfas.reduce((sum, nfa) => {
    offsets.push(sum);
    return sum + nfa.edges.length;
  }, 0);
  const closures = new Map<number, readonly number[]>();
  const closureOf = (state: number): readonly number[] => {
    const known = closures.get(state);
    if (known) return known;
    const index = offsets.findLastIndex((offset) => offset <= state);
    const offset = offsets[index]!;
    const closure = nfas[index]!.closure(state - offset).map((each) => each + offset);
    closures.set(state, closure);
    return closure;
  };
  const edgesOf = (state: number) => {
    const index = offsets.findLastIndex((offset) => offset <= state);
    return nfas[index]!.edges[state - offsets[index]!]!
      .map(({ set, to }) => ({ set, to: to + offsets[index]! }));
  };

  const states = new Map<string, number>();
  const subsets: (readonly number[])[] = [];
  const stateOf = (members: Iterable<number>): number => {
    const subset = [...new Set(members)].sort((a, b) => a - b);
    effort.spend(subset.length);
    const key = subset.join();
    let state = states.get(key);
    if (state === undefined) {
      if (subsets.length === MAX_STATES) {
        throw new PatternTooLargeError(`it needs more than ${MAX_STATES} states`);
      }
      state = subsets.push(subset) - 1;
      states.set(key, state);
    }
    return state;
  };

  stateOf(nfas.flatMap((nfa, index) => closureOf(nfa.start + offsets[index]!)));
  const edges: Dfa["edges"][number][] = [];
  let steps = 0;
  for (let at = 0; at < subsets.length; at++) {
    const outgoing = subsets[at]!.flatMap(edgesOf);
    const borders = new Set([0]);
    for (const { set } of outgoing) {
      for (const [lowest, highest] of set) borders.add(lowest).add(highest + 1);
    }
    borders.delete(END);
    const sorted = [...borders].sort((a, b) => a - b);
    steps += sorted.length * Math.max(1, outgoing.length);
    effort.spend(sorted.length * Math.max(1, outgoing.length));
    if (steps > MAX_STEPS) throw new PatternTooLargeError("it has too many ranges of characters");
    const ranges = new Map<number, [number, number][]>();
    sorted.forEach((lowest, index) => {
      const to = stateOf(
        outgoing.filter(({ set }) => hasPoint(set, lowest)).flatMap((edge) => closureOf(edge.to)),
      );
      const known = ranges.get(to) ?? [];
      ranges.set(to, known);
      known.push([lowest, (sorted[index + 1] ?? END) - 1]);
    });
    edges.push([...ranges].map(([to, list]) => ({ set: codePoints(list), to })));
  }
  const labels = subsets.map((subset) => {
    const members = new Set(subset);
    return nfas.reduce(
      (bits, nfa, index) => members.has(nfa.accept + offsets[index]!) ? bits | (1 << index) : bits,
      0,
    );
  });
  return { edges, labels };
}

/** An automaton of the complement of a language. */
export function complementOf(nfa: Nfa): Nfa {
  const { edges, labels } = determinise([nfa]);
  const others = new Nfa(nfa.effort);
  for (let state = 0; state < edges.length; state++) others.state();
  others.accept = others.state();
  edges.forEach((each, state) => {
    others.edges[state]!.push(...each);
    if (labels[state] === 0) others.empty[state]!.push(others.accept);
  });
  return others;
}
