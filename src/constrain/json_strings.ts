import {
  type ByteSequence,
  type CodePoints,
  codePoints,
  complement,
  intersection,
  utf8Sequences,
} from "./code_points.ts";
import type { GrammarBuilder } from "./grammar_builder.ts";
import type { Dfa } from "./dfa.ts";
import type { Nfa } from "./nfa.ts";
import { Patterns } from "./patterns.ts";

/** What JSON strings hold as it is: all but quotes, backslashes and controls. */
const PLAIN = complement(codePoints([[0, 0x1f], [0x22, 0x22], [0x5c, 0x5c]]));
const ESCAPED = complement(PLAIN);
const QUOTE = 0x22;

/** Writes the parts of a grammar that are strings in JSON. */
export class JsonStrings {
  /** The patterns of all strings. */
  readonly patterns: Patterns;
  readonly #builder: GrammarBuilder;
  /** Rules of single characters, by sets that are the same object. */
  readonly #same = new Map<CodePoints, number>();
  /** Rules of single characters, by their sets. */
  readonly #characters = new Map<string, number>();
  #any: number | undefined;

  constructor(builder: GrammarBuilder) {
    this.#builder = builder;
    this.patterns = new Patterns(builder.effort);
  }

  /** Forgets rules whose states are given back. */
  forget(from: number): void {
    for (const rules of [this.#same, this.#characters] as Map<unknown, number>[]) {
      for (const [key, rule] of rules) if (rule >= from) rules.delete(key);
    }
    if (this.#any !== undefined && this.#any >= from) this.#any = undefined;
  }

  /** A string of so many code points. */
  ofLength(from: number, least: number, most: number | undefined, to: number): void {
    const [open, close] = [this.#builder.state(), this.#builder.state()];
    this.#builder.bytes(from, QUOTE, QUOTE, open);
    this.#builder.characters(open, this.#anyCharacter(), least, most, close);
    this.#builder.bytes(close, QUOTE, QUOTE, to);
  }

  /** A string that a pattern matches as a whole. What must be escaped is escaped in one way only. */
  matching(from: number, nfa: Nfa, to: number): void {
    const builder = this.#builder;
    const states = nfa.edges.map(() => builder.state());
    builder.bytes(from, QUOTE, QUOTE, states[nfa.start]!);
    nfa.edges.forEach((edges, state) => {
      for (const next of nfa.empty[state]!) builder.empty(states[state]!, states[next]!);
      for (const { set, to } of edges) {
        builder.call(states[state]!, this.#character(set), states[to]!);
      }
    });
    builder.bytes(states[nfa.accept]!, QUOTE, QUOTE, to);
  }

  /** A string that an automaton reads, to a state for each of its labels, unless there is none. */
  labelled(from: number, { edges, labels }: Dfa, stateOf: (label: number) => number | undefined) {
    const builder = this.#builder;
    const states = edges.map(() => builder.state());
    builder.bytes(from, QUOTE, QUOTE, states[0]!);
    edges.forEach((each, state) => {
      for (const { set, to } of each) {
        builder.call(states[state]!, this.#character(set), states[to]!);
      }
      const after = stateOf(labels[state]!);
      if (after !== undefined) builder.bytes(states[state]!, QUOTE, QUOTE, after);
    });
  }

  /** A string without escapes that is none of these. */
  except(from: number, excluded: readonly string[], to: number): void {
    const builder = this.#builder;
    const open = builder.state();
    builder.bytes(from, QUOTE, QUOTE, open);
    const [rest, close] = [builder.state(), builder.state()];
    builder.call(rest, this.#character(PLAIN), rest);
    builder.empty(rest, close);
    builder.bytes(close, QUOTE, QUOTE, to);
    this.#diverge(open, excluded.filter((text) => isPlain(text)), rest, close);
  }

  /** Reads on where the texts that begin like what was read are these, without what was read. */
  #diverge(state: number, texts: readonly string[], rest: number, close: number): void {
    const builder = this.#builder;
    if (!texts.includes("")) builder.empty(state, close);
    const tails = Map.groupBy(
      texts.filter((text) => text !== ""),
      (text) => text.codePointAt(0)!,
    );
    const others = complement(codePoints([...tails.keys()].map((point) => [point, point])));
    builder.call(state, this.#character(intersection(PLAIN, others)), rest);
    for (const [point, begun] of tails) {
      const next = builder.state();
      const first = String.fromCodePoint(point);
      builder.text(state, first, next);
      this.#diverge(next, begun.map((text) => text.slice(first.length)), rest, close);
    }
  }

  /** One character of a string, plain or escaped in any way. */
  #anyCharacter(): number {
    if (this.#any !== undefined) return this.#any;
    const builder = this.#builder;
    const [from, to] = [builder.state(), builder.end()];
    this.#any = from;
    this.#plain(from, PLAIN, to);
    const escape = builder.state();
    builder.text(from, "\\", escape);
    for (const char of '"\\/bfnrt') builder.text(escape, char, to);
    // Four digits, but not those of half a pair.
    const [unit, afterD, ...digits] = Array.from({ length: 5 }, () => builder.state());
    builder.text(escape, "u", unit!);
    hexadecimal(builder, unit!, "0-9a-cefA-CEF", digits[0]!);
    for (const d of "dD") builder.text(unit!, d, afterD!);
    hexadecimal(builder, afterD!, "0-7", digits[1]!);
    hexadecimal(builder, digits[0]!, "0-9a-fA-F", digits[1]!);
    hexadecimal(builder, digits[1]!, "0-9a-fA-F", digits[2]!);
    hexadecimal(builder, digits[2]!, "0-9a-fA-F", to);
    return from;
  }

  /** One character of a set, escaped where it must be. */
  #character(set: CodePoints): number {
    const same = this.#same.get(set);
    if (same !== undefined) return same;
    this.#builder.effort.spend(10 * set.length);
    const key = JSON.stringify(set);
    const known = this.#characters.get(key);
    if (known !== undefined) {
      this.#same.set(set, known);
      return known;
    }
    const builder = this.#builder;
    const [from, to] = [builder.state(), builder.end()];
    this.#characters.set(key, from);
    this.#same.set(set, from);
    this.#plain(from, intersection(set, PLAIN), to);
    const escapes: [string, number][] = [];
    for (const [lowest, highest] of intersection(set, ESCAPED)) {
      for (let point = lowest; point <= highest; point++) {
        escapes.push([JSON.stringify(String.fromCodePoint(point)).slice(1, -1), to]);
      }
    }
    builder.texts(from, escapes);
    return from;
  }

  #plain(from: number, set: CodePoints, to: number): void {
    this.#sequences(from, utf8Sequences(set), to, new Map());
  }

  /**
   * Sequences of bytes, none of which begins with part of the range that another begins with. Those that begin alike share
   * their beginning, and what follows alike is the same state.
   */
  #sequences(
    from: number,
    sequences: readonly ByteSequence[],
    to: number,
    known: Map<string, number>,
  ): void {
    const tails = Map.groupBy(sequences, ([first]) => first![0] * 256 + first![1]);
    for (const [range, begun] of tails) {
      const rest = begun.map((sequence) => sequence.slice(1));
      let next = to;
      if (rest[0]!.length > 0) {
        const key = rest.join(";");
        next = known.get(key) ?? this.#builder.state();
        if (!known.has(key)) {
          known.set(key, next);
          this.#sequences(next, rest, to, known);
        }
      }
      this.#builder.bytes(from, range >> 8, range & 0xff, next);
    }
  }
}

function isPlain(text: string): boolean {
  return JSON.stringify(text) === `"${text}"`;
}

function hexadecimal(builder: GrammarBuilder, from: number, ranges: string, to: number): void {
  for (const [, lowest, highest] of ranges.matchAll(/(.)-(.)|[A-F]|[a-f]/g)) {
    if (lowest === undefined || highest === undefined) continue;
    builder.bytes(from, lowest.charCodeAt(0), highest.charCodeAt(0), to);
  }
  for (const char of ranges.replace(/.-./g, "")) builder.text(from, char, to);
}
