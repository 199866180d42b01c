import { type CodePoints, codePoints, complement, EVERY } from "./code_points.ts";
import { Nfa } from "./nfa.ts";

/** A pattern uses what cannot be compiled, or is no pattern. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

const DIGIT = codePoints([[0x30, 0x39]]);
const WORD = codePoints([[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
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

/** The largest number of a quantifier. */
const MAX_REPEAT = 1_000;
/** Groups in each other. */
const MAX_DEPTH = 50;

/**
 * Compiles a pattern of JSON Schema: a regular expression of ECMA-262 with the flag `u`, found anywhere in the string.
 *
 * It may have literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {m,n}` (greedy or not) and `^`
 * and `$` at the ends of its alternatives. It may not have look-around, back references, `\b` and `\p`.
 *
 * @throws {PatternError}
 * @throws {PatternTooLargeError}
 */
export function parsePattern(pattern: string): Nfa {
  try {
    new RegExp(pattern, "u");
  } catch (cause) {
    throw new PatternError("it is no regular expression", { cause });
  }
  return new PatternParser(pattern).parse();
}

/** A part of the automaton, with where it begins and ends. */
interface Part {
  readonly from: number;
  readonly to: number;
}

class PatternParser {
  readonly #nfa = new Nfa();
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  /** @param pattern a valid regular expression, so that only what it means is of interest */
  constructor(pattern: string) {
    this.#chars = [...pattern];
  }

  parse(): Nfa {
    const nfa = this.#nfa;
    nfa.start = nfa.state();
    nfa.accept = nfa.state();
    do {
      const opened = this.#take("^");
      const part = this.#sequence();
      const closed = this.#take("$");
      if (this.#at < this.#chars.length && this.#chars[this.#at] !== "|") this.#refuse();
      nfa.empty[nfa.start]!.push(opened ? part.from : this.#anything(part.from, "before"));
      nfa.empty[closed ? part.to : this.#anything(part.to, "after")]!.push(nfa.accept);
    } while (this.#take("|"));
    return nfa;
  }

  /** Any text before or after a state. */
  #anything(state: number, where: "before" | "after"): number {
    const anything = this.#nfa.state();
    this.#nfa.edges[anything]!.push({ set: EVERY, to: anything });
    const [from, to] = where === "before" ? [anything, state] : [state, anything];
    this.#nfa.empty[from]!.push(to);
    return anything;
  }

  #alternatives(): Part {
    const [from, to] = [this.#nfa.state(), this.#nfa.state()];
    do {
      const part = this.#sequence();
      this.#nfa.empty[from]!.push(part.from);
      this.#nfa.empty[part.to]!.push(to);
    } while (this.#take("|"));
    return { from, to };
  }

  #sequence(): Part {
    const from = this.#nfa.state();
    let to = from;
    while (this.#at < this.#chars.length && !"|)$".includes(this.#chars[this.#at]!)) {
      const begin = this.#at;
      const first = this.#atom();
      const end = this.#at;
      const [least, most] = this.#quantifier();
      const after = this.#at;
      // Each copy is parsed anew.
      const copy = (): Part => {
        this.#at = begin;
        const part = this.#atom();
        this.#at = after;
        return part;
      };
      let original: Part | undefined = first;
      const next = (): Part => {
        const part = original ?? copy();
        original = undefined;
        return part;
      };
      this.#at = Math.max(end, after);
      for (let i = 0; i < least; i++) to = this.#append(to, next());
      if (most === undefined) {
        const part = next();
        const loop = this.#nfa.state();
        this.#nfa.empty[to]!.push(loop);
        this.#nfa.empty[loop]!.push(part.from);
        this.#nfa.empty[part.to]!.push(loop);
        to = loop;
      } else {
        const exit = this.#nfa.state();
        for (let i = least; i < most; i++) {
          this.#nfa.empty[to]!.push(exit);
          to = this.#append(to, next());
        }
        this.#nfa.empty[to]!.push(exit);
        to = exit;
      }
    }
    return { from, to };
  }

  #append(to: number, part: Part): number {
    this.#nfa.empty[to]!.push(part.from);
    return part.to;
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

  #atom(): Part {
    const char = this.#chars[this.#at++]!;
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return this.#one(this.#class());
      case ".":
        return this.#one(NOT_LINE_END);
      case "\\":
        return this.#one(this.#escape());
      case "^":
        this.#at--;
        return this.#refuse();
      default:
        return this.#one(single(char.codePointAt(0)!));
    }
  }

  #group(): Part {
    if (++this.#depth > MAX_DEPTH) throw new PatternError("its groups are too deep");
    if (this.#take("?") && !this.#take(":")) {
      // A named group, or look-around.
      if (!this.#take("<") || "=!".includes(this.#chars[this.#at]!)) {
        throw new PatternError("it looks ahead or behind, which is not supported");
      }
      while (!this.#take(">")) this.#at++;
    }
    const part = this.#alternatives();
    if (!this.#take(")")) this.#refuse();
    this.#depth--;
    return part;
  }

  #one(set: CodePoints): Part {
    const [from, to] = [this.#nfa.state(), this.#nfa.state()];
    if (set.length > 0) this.#nfa.edges[from]!.push({ set, to });
    return { from, to };
  }

  #class(): CodePoints {
    const negated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take("]")) {
      const lowest = this.#classMember();
      if (this.#chars[this.#at] !== "-" || this.#chars[this.#at + 1] === "]") {
        ranges.push(...lowest);
        continue;
      }
      this.#at++;
      const highest = this.#classMember();
      ranges.push([lowest[0]![0], highest[0]![1]]);
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
    if (char === "0") return single(0);
    if (char === "c") return single(this.#chars[this.#at++]!.codePointAt(0)! % 32);
    if (char === "x") return single(this.#hexadecimal(2));
    if (char === "u") {
      if (!this.#take("{")) return single(this.#unit());
      const end = this.#chars.indexOf("}", this.#at);
      const point = this.#hexadecimal(end - this.#at);
      this.#at++;
      return single(point);
    }
    if (/[\^$\\.*+?()[\]{}|/]/.test(char)) return single(char.codePointAt(0)!);
    throw new PatternError(`it has \\${char}, which is not supported`);
  }

  /** One UTF-16 unit, and a second one if they are a pair. */
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

  #refuse(): never {
    throw new PatternError("it has ^ or $ elsewhere than at its ends, which is not supported");
  }
}

function single(point: number): CodePoints {
  return codePoints([[point, point]]);
}
