import { type CodePoints, codePoints, complement } from "./code_points.ts";
import type { UnicodeClasses } from "./unicode_classes.ts";

/** A pattern is invalid or uses unsupported syntax. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** A node of a pattern's syntax tree. */
export type PatternNode =
  /** One character of a set. */
  | { readonly type: "set"; readonly set: CodePoints }
  /** A concatenation. */
  | { readonly type: "sequence"; readonly parts: readonly PatternNode[] }
  /** An alternation. */
  | { readonly type: "either"; readonly options: readonly PatternNode[] }
  | {
    readonly type: "repeat";
    readonly part: PatternNode;
    readonly least: number;
    /** Undefined: unbounded. */
    readonly most: number | undefined;
  }
  /** An assertion about a position: start or end of the text, word boundary, or not a word boundary. */
  | { readonly type: "place"; readonly place: Place }
  /** A look-ahead. */
  | { readonly type: "look"; readonly part: PatternNode; readonly isNegative: boolean };

/** The positions that an assertion accepts. `border`: a word boundary; `inside`: any other position. */
export type Place = "start" | "end" | "border" | "inside";

const DIGIT = codePoints([[0x30, 0x39]]);
/** The word characters of `\b` and `\w`. */
export const WORD: CodePoints = codePoints([[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [
  0x61,
  0x7a,
]]);
const SPACE = codePoints([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);
const NOT_LINE_END = complement(codePoints([[0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]]));

const CLASSES: Readonly<Record<string, CodePoints>> = {
  d: DIGIT,
  D: complement(DIGIT),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Maximum count of a quantifier. */
const MAX_REPEAT = 1_000;
/** Maximum nesting of groups. */
const MAX_DEPTH = 50;

/**
 * Parses an ECMA-262 regular expression with the flag `u`, or without it if it is invalid with it.
 *
 * @throws {PatternError} if it is invalid or has look-behind, back references or flags
 */
export function parsePatternSyntax(pattern: string, classes: UnicodeClasses): PatternNode {
  const isUnicode = isValid(pattern, "u");
  if (!isUnicode && !isValid(pattern, "")) {
    throw new PatternError("it is not a valid regular expression");
  }
  return new Parser(pattern, classes, isUnicode).parse();
}

function isValid(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
}

class Parser {
  readonly #chars: readonly string[];
  readonly #classes: UnicodeClasses;
  readonly #isUnicode: boolean;
  #at = 0;
  #depth = 0;

  /** @param pattern a valid regular expression, so that the parser need not detect all errors */
  constructor(pattern: string, classes: UnicodeClasses, isUnicode: boolean) {
    this.#chars = [...pattern];
    this.#classes = classes;
    this.#isUnicode = isUnicode;
  }

  parse(): PatternNode {
    const node = this.#alternatives();
    if (this.#at < this.#chars.length) {
      throw new PatternError("it is not a valid regular expression");
    }
    return node;
  }

  #alternatives(): PatternNode {
    const options: PatternNode[] = [];
    do options.push(this.#sequence()); while (this.#take("|"));
    return options.length === 1 ? options[0]! : { type: "either", options };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#chars.length && !"|)".includes(this.#chars[this.#at]!)) {
      const part = this.#atom();
      const [least, most] = this.#quantifier();
      parts.push(least === 1 && most === 1 ? part : { type: "repeat", part, least, most });
    }
    return { type: "sequence", parts };
  }

  #quantifier(): [least: number, most: number | undefined] {
    const rest = this.#chars.slice(this.#at, this.#at + 20).join("");
    const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(rest);
    if (found === null) return [1, 1];
    this.#at += found[0].length;
    if (found[0].startsWith("*")) return [0, undefined];
    if (found[0].startsWith("+")) return [1, undefined];
    if (found[0].startsWith("?")) return [0, 1];
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === "" ? undefined : Number(found[3]);
    if (Math.max(least, most ?? 0) > MAX_REPEAT) {
      throw new PatternError(`it repeats something more than ${MAX_REPEAT} times`);
    }
    return [least, most];
  }

  #atom(): PatternNode {
    const char = this.#chars[this.#at++]!;
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { type: "set", set: this.#class() };
      case ".":
        return { type: "set", set: NOT_LINE_END };
      case "^":
        return { type: "place", place: "start" };
      case "$":
        return { type: "place", place: "end" };
      case "\\":
        if (this.#take("b")) return { type: "place", place: "border" };
        if (this.#take("B")) return { type: "place", place: "inside" };
        return { type: "set", set: this.#escape() };
      default:
        return { type: "set", set: single(char.codePointAt(0)!) };
    }
  }

  #group(): PatternNode {
    if (++this.#depth > MAX_DEPTH) throw new PatternError("its groups are nested too deeply");
    const wrap = this.#take("?") ? this.#groupKind() : (part: PatternNode) => part;
    const part = this.#alternatives();
    if (!this.#take(")")) throw new PatternError("it is not a valid regular expression");
    this.#depth--;
    return wrap(part);
  }

  #groupKind(): (part: PatternNode) => PatternNode {
    if (this.#take(":")) return (part) => part;
    for (const sign of "=!") {
      if (this.#take(sign)) return (part) => ({ type: "look", part, isNegative: sign === "!" });
    }
    if (!this.#take("<")) throw new PatternError("it has inline flags, which are not supported");
    if ("=!".includes(this.#chars[this.#at]!)) {
      throw new PatternError("it has a look-behind, which is not supported");
    }
    while (!this.#take(">")) this.#at++;
    return (part) => part;
  }

  #class(): CodePoints {
    const negated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    const add = (set: CodePoints) => {
      for (const range of set) ranges.push(range);
    };
    while (!this.#take("]")) {
      const lowest = this.#classMember();
      if (this.#chars[this.#at] !== "-" || this.#chars[this.#at + 1] === "]") {
        add(lowest);
        continue;
      }
      this.#at++;
      const highest = this.#classMember();
      // Without the flag `u`, a class may be next to a hyphen, which is then literal.
      if (isSingle(lowest) && isSingle(highest)) ranges.push([lowest[0]![0], highest[0]![1]]);
      else [lowest, single(0x2d), highest].forEach(add);
    }
    const set = codePoints(ranges);
    return negated ? complement(set) : set;
  }

  #classMember(): CodePoints {
    const char = this.#chars[this.#at++]!;
    if (char !== "\\") return single(char.codePointAt(0)!);
    if (this.#take("b")) return single(8);
    if (this.#take("-")) return single(0x2d);
    return this.#escape();
  }

  #escape(): CodePoints {
    const char = this.#chars[this.#at++]!;
    const known = CLASSES[char];
    if (known) return known;
    const control = CONTROLS[char];
    if (control !== undefined) return single(control);
    if (char === "0" && !/\d/.test(this.#chars[this.#at] ?? "")) return single(0);
    if (this.#isUnicode && (char === "p" || char === "P")) return this.#property(char === "P");
    if (char === "c" && /[A-Za-z]/.test(this.#chars[this.#at] ?? "")) {
      return single(this.#chars[this.#at++]!.codePointAt(0)! % 32);
    }
    const code = this.#chars.slice(this.#at, this.#at + 4).join("");
    if (char === "x" && /^[\da-f]{2}/i.test(code)) return single(this.#hexadecimal(2));
    if (char === "u" && /^[\da-f]{4}/i.test(code)) return single(this.#unit());
    if (this.#isUnicode && char === "u" && this.#take("{")) {
      const end = this.#chars.indexOf("}", this.#at);
      const point = this.#hexadecimal(end - this.#at);
      this.#at++;
      return single(point);
    }
    // With the flag `u` only syntax characters may be escaped; without it, anything except letters and digits.
    if (!/[A-Za-z0-9]/.test(char)) return single(char.codePointAt(0)!);
    throw new PatternError(`it has \\${char}, which is not supported`);
  }

  #property(isNegative: boolean): CodePoints {
    const end = this.#chars.indexOf("}", this.#at);
    const property = this.#chars.slice(this.#at + 1, end).join("");
    this.#at = end + 1;
    const set = this.#classes.get(property);
    return isNegative ? complement(set) : set;
  }

  /** A `\u` escape, or two if they form a surrogate pair. */
  #unit(): number {
    const high = this.#hexadecimal(4);
    const rest = this.#chars.slice(this.#at, this.#at + 6).join("");
    const low = /^\\u([dD][c-fC-F][\da-fA-F]{2})$/.exec(rest)?.[1];
    if (high < 0xd800 || high > 0xdbff || low === undefined) return high;
    this.#at += 6;
    return String.fromCharCode(high, parseInt(low, 16)).codePointAt(0)!;
  }

  #hexadecimal(digits: number): number {
    const value = parseInt(this.#chars.slice(this.#at, this.#at + digits).join(""), 16);
    this.#at += digits;
    return value;
  }

  #take(char: string): boolean {
    const taken = this.#chars[this.#at] === char;
    if (taken) this.#at++;
    return taken;
  }
}

function single(point: number): CodePoints {
  // A lone surrogate never occurs in a string.
  return point >= 0xd800 && point <= 0xdfff ? [] : [[point, point]];
}

function isSingle(set: CodePoints): boolean {
  return set.length === 1 && set[0]![0] === set[0]![1];
}
