import { type Effort, EffortExceededError } from "./effort.ts";
import type { Nfa } from "./nfa.ts";
import { parsePattern } from "./pattern.ts";
import { UnicodeClasses } from "./unicode_classes.ts";

/** Maximum number of steps of all matching: some tenths of a second. */
const MAX_STEPS = 20_000_000;

/** Parses patterns, each once. */
export class Patterns {
  readonly #parsed = new Map<string, Nfa | Error>();
  readonly #effort: Effort;
  readonly #classes: UnicodeClasses;
  #steps = 0;

  constructor(effort: Effort) {
    this.#effort = effort;
    this.#classes = new UnicodeClasses(effort);
  }

  /**
   * The automaton of a pattern.
   *
   * @throws {PatternError}
   * @throws {PatternTooLargeError}
   * @throws {EffortExceededError}
   */
  parse(pattern: string): Nfa {
    let parsed = this.#parsed.get(pattern);
    if (parsed === undefined) {
      try {
        parsed = parsePattern(pattern, this.#classes, this.#effort);
      } catch (error) {
        if (!(error instanceof Error) || error instanceof EffortExceededError) throw error;
        parsed = error;
      }
      this.#parsed.set(pattern, parsed);
    }
    if (parsed instanceof Error) throw parsed;
    return parsed;
  }

  /** Whether a pattern matches a text. True if the pattern cannot be parsed or matching exceeds the limit. */
  matches(text: string, pattern: string): boolean {
    let nfa: Nfa;
    try {
      nfa = this.parse(pattern);
    } catch (error) {
      if (error instanceof EffortExceededError) throw error;
      return true;
    }
    this.#steps += (text.length + 1) * nfa.edges.length;
    return this.#steps > MAX_STEPS || nfa.matches(text);
  }
}
