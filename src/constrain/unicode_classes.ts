import { type CodePoints, codePoints } from "./code_points.ts";
import { Effort } from "./effort.ts";
import { PatternTooLargeError } from "./nfa.ts";

/** Maximum number of properties in the patterns of one grammar. */
const MAX_PROPERTIES = 16;
/** Steps that computing the set of a property counts for. */
const PROPERTY_STEPS = 300_000;

/** The blocks with assigned characters. The rest is unassigned or for private use. */
const BLOCKS = [[0, 0x3ffff], [0xe0000, 0xe0fff]] as const;
/** Ranges of code points with equal properties, except noncharacters: lowest, highest, a sample, a noncharacter. */
const ALIKE = [
  [0x40000, 0xdffff, 0x50000, 0x5fffe],
  [0xe1000, 0xeffff, 0xe2000, 0xefffe],
  [0xf0000, 0x10ffff, 0xf1000, 0xffffe],
] as const;
const CHUNK = 0x1000;

/** The sets of Unicode properties, such as `L` or `Script=Greek`. Computes each once, in some tens of milliseconds. */
export class UnicodeClasses {
  readonly #sets = new Map<string, CodePoints>();
  readonly #effort: Effort;

  constructor(effort: Effort = new Effort()) {
    this.#effort = effort;
  }

  /**
   * The set of a property.
   *
   * @param property the valid content of the braces of `\p{...}`
   * @throws {PatternTooLargeError}
   * @throws {EffortExceededError}
   */
  get(property: string): CodePoints {
    const known = this.#sets.get(property);
    if (known) return known;
    if (this.#sets.size === MAX_PROPERTIES) {
      throw new PatternTooLargeError(`it has more than ${MAX_PROPERTIES} Unicode properties`);
    }
    this.#effort.spend(PROPERTY_STEPS);
    const set = codePoints(rangesOf(property));
    this.#sets.set(property, set);
    return set;
  }
}

/** Finds the ranges by means of the runtime's regular expressions, which contain the Unicode database. */
function* rangesOf(property: string): Generator<[number, number]> {
  const one = new RegExp(`\\p{${property}}`, "u");
  const has = (point: number) => one.test(String.fromCodePoint(point));
  const blocks: (readonly [number, number])[] = [...BLOCKS];
  for (const [lowest, highest, character, noncharacter] of ALIKE) {
    if (has(character) !== has(noncharacter)) blocks.push([lowest, highest]);
    else if (has(character)) yield [lowest, highest];
  }
  const runs = new RegExp(`\\p{${property}}+`, "gu");
  for (const [lowest, highest] of blocks) {
    for (let begin = lowest; begin <= highest; begin += CHUNK) {
      // Skips surrogates, which would combine to pairs.
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
