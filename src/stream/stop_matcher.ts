/** A stop sequence with its failure function: how long a prefix of it each of its prefixes ends with. */
interface Pattern {
  readonly stop: string;
  readonly text: string;
  readonly failure: Int32Array;
  /** How much of the start of the pattern the text so far ends with. */
  matched: number;
}

/** What {@linkcode StopMatcher.push} lets through. */
export interface StopMatch {
  /** Text that no stop sequence can begin in any more. */
  readonly text: string;
  /** The stop sequence that was found. Nothing comes after its text. */
  readonly matched?: string;
}

/**
 * Finds stop sequences in a stream of text, wherever the chunks break, and lets text through as soon as it cannot be
 * part of one. The stop sequence itself and what follows it are dropped.
 *
 * The sequence whose end comes first wins, and of those that end at the same place the longest: the only rule under
 * which a generation can stop at once, without reading on to see whether another sequence began earlier.
 *
 * @see Knuth, Morris and Pratt, "Fast pattern matching in strings", 1977
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const stops = new StopMatcher(["\n\nUser:"]);
 * assert.deepEqual(stops.push("Bye.\n"), { text: "Bye." });
 * assert.deepEqual(stops.push("\nUs"), { text: "" });
 * assert.deepEqual(stops.push("er: Hi"), { text: "", matched: "\n\nUser:" });
 * ```
 */
export class StopMatcher {
  readonly #patterns: readonly Pattern[];
  #held = "";
  #found: string | undefined;

  /**
   * @param stops None empty. Lone surrogates match U+FFFD, which is what they become in text.
   * @throws {RangeError} If one is empty.
   */
  constructor(stops: readonly string[]) {
    this.#patterns = stops.map((stop) => {
      if (stop === "") throw new RangeError("A stop sequence is empty");
      const text = stop.toWellFormed();
      return { stop, text, failure: failureFunction(text), matched: 0 };
    });
  }

  /** The text that these characters free, and the stop sequence if they complete one. */
  push(text: string): StopMatch {
    if (this.#found !== undefined) return { text: "", matched: this.#found };
    const all = this.#held + text;
    for (let at = this.#held.length; at < all.length; at++) {
      const unit = all.charCodeAt(at);
      let complete: Pattern | undefined;
      for (const pattern of this.#patterns) {
        advance(pattern, unit);
        const { length } = pattern.text;
        if (pattern.matched === length && length > (complete?.text.length ?? 0)) complete = pattern;
      }
      if (complete !== undefined) {
        this.#held = "";
        this.#found = complete.stop;
        return { text: all.slice(0, at + 1 - complete.text.length), matched: complete.stop };
      }
    }
    const free = all.length - Math.max(0, ...this.#patterns.map(({ matched }) => matched));
    this.#held = all.slice(free);
    return { text: all.slice(0, free) };
  }

  /** Whether text is held back because a stop sequence may begin in it. */
  get pending(): boolean {
    return this.#held !== "";
  }

  /** The text that was held back: the stream ends, so it is no stop sequence. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    for (const pattern of this.#patterns) pattern.matched = 0;
    return held;
  }
}

function advance(pattern: Pattern, unit: number): void {
  const { text, failure } = pattern;
  let matched = pattern.matched;
  while (matched > 0 && text.charCodeAt(matched) !== unit) matched = failure[matched]!;
  pattern.matched = text.charCodeAt(matched) === unit ? matched + 1 : 0;
}

/** For each length of a prefix, the length of the longest shorter prefix that it ends with. `[text.length + 1]` */
function failureFunction(text: string): Int32Array {
  const failure = new Int32Array(text.length + 1);
  let length = 0;
  for (let at = 1; at < text.length; at++) {
    while (length > 0 && text.charCodeAt(at) !== text.charCodeAt(length)) length = failure[length]!;
    if (text.charCodeAt(at) === text.charCodeAt(length)) length++;
    failure[at + 1] = length;
  }
  return failure;
}
