import { EVERY } from "./code_points.ts";
import { complementOf } from "./dfa.ts";
import { Effort } from "./effort.ts";
import { Nfa } from "./nfa.ts";
import { parsePatternSyntax, PatternError, type PatternNode } from "./pattern_syntax.ts";
import { Places } from "./places.ts";
import { UnicodeClasses } from "./unicode_classes.ts";

export { PatternError } from "./pattern_syntax.ts";

/**
 * Compiles a pattern of JSON Schema: an ECMA-262 regular expression that matches anywhere in the string.
 *
 * Supports everything that a regular language can express, and look-ahead outside of groups. Does not support
 * look-behind, back references and flags.
 *
 * @throws {PatternError}
 * @throws {PatternTooLargeError}
 * @throws {EffortExceededError}
 */
export function parsePattern(
  pattern: string,
  classes: UnicodeClasses = new UnicodeClasses(),
  effort: Effort = new Effort(),
): Nfa {
  effort.spend(10 * pattern.length);
  const node = parsePatternSyntax(pattern, classes);
  return compile(node, { before: true }, effort);
}

interface Surroundings {
  /** Whether any text may precede the match. */
  readonly before: boolean;
}

/** The language of texts that contain a match of a pattern. */
function compile(node: PatternNode, { before }: Surroundings, effort: Effort): Nfa {
  const nfa = new Nfa(effort);
  nfa.start = nfa.state();
  nfa.accept = nfa.state();
  const places = new Places();
  for (const option of node.type === "either" ? node.options : [node]) {
    const parts = option.type === "sequence" ? option.parts : [option];
    const opened = isPlace(parts[0], "start");
    const closed = isPlace(parts.at(-1), "end") && parts.length > (opened ? 1 : 0);
    const inner = parts.slice(opened ? 1 : 0, closed ? -1 : undefined);
    const writer = new PatternWriter(nfa, places);
    let from = nfa.start;
    if (before && !opened) from = anything(nfa, from);
    const to = writer.rest(from, inner, closed, from === nfa.start);
    nfa.empty[to]!.push(nfa.accept);
  }
  return places.isEmpty ? nfa : places.resolve(nfa);
}

function isPlace(node: PatternNode | undefined, place: "start" | "end"): boolean {
  return node?.type === "place" && node.place === place;
}

/** Adds a state after which any text may follow. */
function anything(nfa: Nfa, from: number): number {
  const state = nfa.state();
  nfa.empty[from]!.push(state);
  nfa.edges[state]!.push({ set: EVERY, to: state });
  return state;
}

/** Writes the parts of a pattern into an automaton. */
class PatternWriter {
  readonly #nfa: Nfa;
  readonly #places: Places;

  constructor(nfa: Nfa, places: Places) {
    this.#nfa = nfa;
    this.#places = places;
  }

  /**
   * Writes the parts up to the end of the pattern.
   *
   * @param closed whether the text must end there
   * @param isFirst whether the parts start at the start of the text
   */
  rest(from: number, parts: readonly PatternNode[], closed: boolean, isFirst: boolean): number {
    const look = parts.findIndex(({ type }) => type === "look");
    if (look === -1) {
      const to = parts.reduce((at, part) => this.#write(at, part), from);
      return closed ? to : anything(this.#nfa, to);
    }
    const at = parts.slice(0, look).reduce((at, part) => this.#write(at, part), from);
    const others = parts.slice(look + 1);
    const looking = parts[look]! as PatternNode & { readonly type: "look" };
    const isStart = isFirst && look === 0;
    // Both languages of the look-ahead are compiled as if the text started here, so `^` and `\b` would be wrong.
    if (!isStart && [looking.part, ...others].some(hasPlace)) {
      throw new PatternError("it has ^ or \\b after a look-ahead, which is not supported");
    }
    const end: PatternNode[] = closed ? [{ type: "place", place: "end" }] : [];
    const { effort } = this.#nfa;
    const after = compile(
      { type: "sequence", parts: [...others, ...end] },
      { before: false },
      effort,
    );
    const ahead = compile(looking.part, { before: false }, effort);
    const both = Nfa.both(after, looking.isNegative ? complementOf(ahead) : ahead);
    return this.#embed(at, both);
  }

  #write(from: number, node: PatternNode): number {
    const nfa = this.#nfa;
    switch (node.type) {
      case "set": {
        const to = nfa.state();
        if (node.set.length > 0) nfa.edges[from]!.push({ set: node.set, to });
        return to;
      }
      case "sequence":
        return node.parts.reduce((at, part) => this.#write(at, part), from);
      case "either": {
        const to = nfa.state();
        for (const option of node.options) nfa.empty[this.#fork(from, option)]!.push(to);
        return to;
      }
      case "repeat":
        return this.#repeat(from, node);
      case "place": {
        const to = nfa.state();
        this.#places.add(from, node.place, to);
        return to;
      }
      case "look":
        throw new PatternError("it has a look-ahead within a group, which is not supported");
    }
  }

  /** Writes a part from a new state, which no other edge enters. */
  #fork(from: number, node: PatternNode): number {
    const state = this.#nfa.state();
    this.#nfa.empty[from]!.push(state);
    return this.#write(state, node);
  }

  #repeat(from: number, { part, least, most }: PatternNode & { type: "repeat" }): number {
    const nfa = this.#nfa;
    let at = from;
    for (let i = 0; i < least; i++) at = this.#write(at, part);
    const exit = nfa.state();
    if (most === undefined) {
      nfa.empty[at]!.push(exit);
      nfa.empty[this.#fork(exit, part)]!.push(exit);
      return exit;
    }
    for (let i = least; i < most; i++) {
      nfa.empty[at]!.push(exit);
      at = this.#fork(at, part);
    }
    nfa.empty[at]!.push(exit);
    return exit;
  }

  /** Copies another automaton after a state. */
  #embed(from: number, other: Nfa): number {
    const nfa = this.#nfa;
    const states = other.edges.map(() => nfa.state());
    nfa.empty[from]!.push(states[other.start]!);
    states.forEach((state, index) => {
      for (const to of other.empty[index]!) nfa.empty[state]!.push(states[to]!);
      for (const { set, to } of other.edges[index]!) {
        nfa.edges[state]!.push({ set, to: states[to]! });
      }
    });
    return states[other.accept]!;
  }
}

/** Whether a part contains an assertion other than the end of the text. */
function hasPlace(node: PatternNode): boolean {
  switch (node.type) {
    case "place":
      return node.place !== "end";
    case "sequence":
      return node.parts.some(hasPlace);
    case "either":
      return node.options.some(hasPlace);
    case "repeat":
    case "look":
      return hasPlace(node.part);
    case "set":
      return false;
  }
}
