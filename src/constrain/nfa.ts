import { type CodePoints, codePoints, EVERY, hasPoint, intersection } from "./code_points.ts";
import { Effort } from "./effort.ts";

/** A pattern exceeds the limits for its compilation. */
export class PatternTooLargeError extends Error {
  override readonly name = "PatternTooLargeError";
}

/** Maximum number of states of a pattern's automaton. */
const MAX_STATES = 5_000;

/** A language of strings as a finite automaton over code points, with one start state and one accepting state. */
export class Nfa {
  readonly edges: { readonly set: CodePoints; readonly to: number }[][] = [];
  /** The targets of each state's empty transitions. */
  readonly empty: number[][] = [];
  start = 0;
  accept = 0;
  /** Counts the work on the automaton and on those derived from it. */
  readonly effort: Effort;

  constructor(effort: Effort = new Effort()) {
    this.effort = effort;
  }

  /**
   * Adds a state.
   *
   * @throws {PatternTooLargeError}
   * @throws {EffortExceededError}
   */
  state(): number {
    this.effort.spend(1);
    if (this.edges.length === MAX_STATES) {
      throw new PatternTooLargeError(`it needs more than ${MAX_STATES} states`);
    }
    this.empty.push([]);
    return this.edges.push([]) - 1;
  }

  /** The states reachable by empty transitions, including the state itself. */
  closure(state: number): number[] {
    const closure = closureOf(state, (each) => this.empty[each]!);
    this.effort.spend(closure.length);
    return closure;
  }

  /** Whether the language contains a text. Takes time proportional to the text's length times the number of states. */
  matches(text: string): boolean {
    const closures = new Map<number, readonly number[]>();
    const closure = (state: number) => {
      const known = closures.get(state) ?? this.closure(state);
      closures.set(state, known);
      return known;
    };
    let states = new Set(closure(this.start));
    for (const char of text) {
      const point = char.codePointAt(0)!;
      const next = new Set<number>();
      for (const state of states) {
        for (const { set, to } of this.edges[state]!) {
          if (next.has(to)) continue;
          this.effort.spend(1);
          if (hasPoint(set, point)) {
            for (const each of closure(to)) next.add(each);
          }
        }
      }
      states = next;
    }
    return states.has(this.accept);
  }

  /** The lengths of the shortest and the longest string, in code points. The latter may be infinite. */
  lengths(): { readonly least: number; readonly most: number } {
    const next = this.edges.map((edges, state) => [
      ...this.empty[state]!.map((to) => ({ to, length: 0 })),
      ...edges.map(({ to }) => ({ to, length: 1 })),
    ]);
    const before = next.map((): number[] => []);
    next.forEach((steps, state) => steps.forEach(({ to }) => before[to]!.push(state)));
    const reached = new Set(closureOf(this.start, (state) => next[state]!.map(({ to }) => to)));
    const useful = new Set(closureOf(this.accept, (state) => before[state]!)).intersection(reached);
    return { least: this.#shortest(next), most: this.#longest(next, useful) };
  }

  #shortest(next: readonly (readonly Step[])[]): number {
    const least = new Map([[this.start, 0]]);
    // Breadth-first by length.
    let [waiting, length] = [[this.start], 0];
    while (waiting.length > 0) {
      const later: number[] = [];
      for (const state of waiting) {
        if (least.get(state) !== length) continue;
        for (const step of next[state]!) {
          const reached = length + step.length;
          if (reached >= (least.get(step.to) ?? Infinity)) continue;
          least.set(step.to, reached);
          (step.length === 0 ? waiting : later).push(step.to);
        }
      }
      [waiting, length] = [later, length + 1];
    }
    return least.get(this.accept) ?? 0;
  }

  /** The longest path through the useful states, by topological sort. */
  #longest(next: readonly (readonly Step[])[], useful: ReadonlySet<number>): number {
    const open = new Map<number, number>();
    for (const state of useful) {
      for (const { to } of next[state]!) open.set(to, (open.get(to) ?? 0) + 1);
    }
    const most = new Map([[this.start, 0]]);
    const ready = [...useful].filter((state) => !open.has(state));
    let done = 0;
    for (; done < ready.length; done++) {
      const state = ready[done]!;
      for (const { to, length } of next[state]!) {
        if (!useful.has(to)) continue;
        most.set(to, Math.max(most.get(to) ?? 0, most.get(state)! + length));
        open.set(to, open.get(to)! - 1);
        if (open.get(to) === 0) ready.push(to);
      }
    }
    // The remaining states are on cycles.
    return done < useful.size ? Infinity : most.get(this.accept) ?? 0;
  }

  /** The language of the given texts. */
  static ofTexts(texts: readonly string[]): Nfa {
    const nfa = new Nfa();
    nfa.start = nfa.state();
    nfa.accept = nfa.state();
    for (const text of texts) {
      let at = nfa.start;
      for (const char of text) {
        const [point, to] = [char.codePointAt(0)!, nfa.state()];
        nfa.edges[at]!.push({ set: codePoints([[point, point]]), to });
        at = to;
      }
      nfa.empty[at]!.push(nfa.accept);
    }
    return nfa;
  }

  /** The language of all strings of `least` to `most` code points. */
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

  /** The intersection of two languages, by the product construction over reachable pairs of states. */
  static both(a: Nfa, b: Nfa): Nfa {
    const { effort } = a;
    const nfa = new Nfa(effort);
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
    // Cached, since the same sets recur and equal results should be the same object.
    const cache = new Map<CodePoints, Map<CodePoints, CodePoints>>();
    const intersect = (one: CodePoints, other: CodePoints): CodePoints => {
      const own = cache.get(one) ?? new Map<CodePoints, CodePoints>();
      cache.set(one, own);
      let both = own.get(other);
      if (both === undefined) {
        effort.spend(one.length + other.length);
        both = intersection(one, other);
      }
      own.set(other, both);
      return both;
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
          effort.spend(2);
          const set = intersect(one.set, other.set);
          if (set.length > 0) nfa.edges[from]!.push({ set, to: pair(one.to, other.to) });
        }
      }
    }
    return nfa;
  }
}

/** A transition that reads `length` code points, 0 or 1. */
interface Step {
  readonly to: number;
  readonly length: number;
}

/** The states reachable from a state, including itself. */
function closureOf(state: number, next: (state: number) => readonly number[]): number[] {
  const reached = new Set([state]);
  for (const each of reached) for (const to of next(each)) reached.add(to);
  return [...reached];
}
