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

/** Characters that need no escape in JSON strings: all except quotes, backslashes and control characters. */
const PLAIN = complement(codePoints([[0, 0x1f], [0x22, 0x22], [0x5c, 0x5c]]));
const ESCAPED = complement(PLAIN);
const QUOTE = 0x22;

/** Writes JSON strings into a grammar. */
export class JsonStrings {
  /** Parsed patterns, shared by all strings of the grammar. */
  readonly patterns: Patterns;
  readonly #builder: GrammarBuilder;
  /** Rules of single characters, by identity of their set. */
  readonly #same = new Map<CodePoints, number>();
  /** Rules of single characters, by value of their set. */
  readonly #characters = new Map<string, number>();
  #any: number | undefined;

  constructor(builder: GrammarBuilder) {
    this.#builder = builder;
    this.patterns = new Patterns(builder.effort);
  }

  /** Forgets the rules of truncated states. @param from the first removed state */
  forget(from: number): void {
    for (const rules of [this.#same, this.#characters] as Map<unknown, number>[]) {
      for (const [key, rule] of rules) if (rule >= from) rules.delete(key);
    }
    if (this.#any !== undefined && this.#any >= from) this.#any = undefined;
  }

  /** A string of `least` to `most` code points. */
  ofLength(from: number, least: number, most: number | undefined, to: number): void {
    const [open, close] = [this.#builder.state(), this.#builder.state()];
    this.#builder.bytes(from, QUOTE, QUOTE, open);
    this.#builder.characters(open, this.#anyCharacter(), least, most, close);
    this.#builder.bytes(close, QUOTE, QUOTE, to);
  }

  /** A string of a language. Each character that needs an escape has exactly one form. */
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

  /** A string that leads to the state of its label. @param stateOf undefined: strings of this label are not allowed */
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

  /** A string without escapes that is not one of the excluded ones. */
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

  /** Continues after a common prefix. @param texts the excluded texts with this prefix, without it */
  #diverge(state: number, texts: readonly string[], rest: number, close: number): void {
    const builder = this.#builder;
    if (!texts.includes("")) builder.empty(state, close);
    const tails = Map.groupBy(
      texts.filter((text) => text !== ""),
      (text) => text.codePointAt(0)!,
    );
    const others = complement(codePoints([...tails.keys()].map((point) => [point, point])));
    builder.call(state, this.#character(intersection(PLAIN, others)), rest);
    for (const [point, matching] of tails) {
      const next = builder.state();
      const first = String.fromCodePoint(point);
      builder.text(state, first, next);
      this.#diverge(next, matching.map((text) => text.slice(first.length)), rest, close);
    }
  }

  /** One character, plain or with any valid escape. */
  #anyCharacter(): number {
    if (this.#any !== undefined) return this.#any;
    const builder = this.#builder;
    const [from, to] = [builder.state(), builder.end()];
    this.#any = from;
    this.#plain(from, PLAIN, to);
    const escape = builder.state();
    builder.text(from, "\\", escape);
    for (const char of '"\\/bfnrt') builder.text(escape, char, to);
    // Four hexadecimal digits, except those of a surrogate.
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

  /** One character of a set, escaped only if necessary. */
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
   * Sequences of byte ranges whose first ranges are equal or disjoint. Equal prefixes and equal suffixes share states.
   */
  #sequences(
    from: number,
    sequences: readonly ByteSequence[],
    to: number,
    known: Map<string, number>,
  ): void {
    const tails = Map.groupBy(sequences, ([first]) => first![0] * 256 + first![1]);
    for (const [range, matching] of tails) {
      const rest = matching.map((sequence) => sequence.slice(1));
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
