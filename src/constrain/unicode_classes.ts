import { type CodePoints, codePoints } from "./code_points.ts";
import { Effort } from "./effort.ts";
import { PatternTooLargeError } from "./nfa.ts";

/** Properties in the patterns of one grammar. */
const MAX_PROPERTIES = 16;
/** Steps that finding out a property counts for. */
const STEPS = 300_000;

/** Where characters are. Between these blocks all code points are unassigned, and after them of private use. */
const BLOCKS = [[0, 0x3ffff], [0xe0000, 0xe0fff]] as const;
/** Code points that are alike, each with two of them: one is no character by definition. */
const ALIKE = [
  [0x40000, 0xdffff, 0x50000, 0x5fffe],
  [0xe1000, 0xeffff, 0xe2000, 0xefffe],
  [0xf0000, 0x10ffff, 0xf1000, 0xffffe],
] as const;
const CHUNK = 0x1000;

/** The sets of Unicode properties, as `L` or `Script=Greek`. Each is found out once, in some ten milliseconds. */
export class UnicodeClasses {
  readonly #sets = new Map<string, CodePoints>();
  readonly #effort: Effort;

  constructor(effort: Effort = new Effort()) {
    this.#effort = effort;
  }

  /**
   * The set of a property.
   *
   * @param property what stands in the braces of `\p{...}`, valid
   * @throws {PatternTooLargeError}
   * @throws {EffortExceededError}
   */
  get(property: string): CodePoints {
    const known = this.#sets.get(property);
    if (known) return known;
    if (this.#sets.size === MAX_PROPERTIES) {
      throw new PatternTooLargeError(`it has more than ${MAX_PROPERTIES} Unicode properties`);
    }
    this.#effort.spend(STEPS);
    const set = codePoints(rangesOf(property));
    this.#sets.set(property, set);
    return set;
  }
}

/** Asks the runtime's own regular expressions, which know the Unicode database. */
function* rangesOf(property: string): Generator<[number, number]> {
  const one = new RegExp(`\\p{${property}}`, "u");
  const has = (point: number) => one.test(String.fromCodePoint(point));
  const blocks: (readonly [number, number])[] = [...BLOCKS];
  for (const [lowest, highest, character, none] of ALIKE) {
    if (has(character) !== has(none)) blocks.push([lowest, highest]);
    else if (has(character)) yield [lowest, highest];
  }
  const runs = new RegExp(`\\p{${property}}+`, "gu");
  for (const [lowest, highest] of blocks) {
    for (let begin = lowest; begin <= highest; begin += CHUNK) {
      // Surrogates would join to pairs; they are in no set.
      if (begin >= 0xd000 && begin < 0xe000) {
        for (let point = begin; point < 0xd800; point++) if (has(point)) yield [point, point];
        continue;
      }
      const points = Array.from({ length: CHUNK }, (_, index) => begin + index);
      const text = String.fromCodePoint(...points);
      const units = begin > 0xffff ? 2 : 1;
      for (const { index, 0: run } of text.matchAll(runs)) {
        yield [begin + index / units, begin + (index + run.length) / units - 1];
      }
    }
  }
}
