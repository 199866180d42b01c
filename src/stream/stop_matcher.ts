/** A stop sequence and the state of its Knuth-Morris-Pratt automaton. */
interface Pattern {
  readonly stop: string;
  /** The well-formed pattern. */
  readonly text: string;
  /** See {@linkcode failureFunction}. */
  readonly failure: Int32Array;
  /** Length of the longest prefix of the pattern that the text so far ends with. */
  matched: number;
}

/** The result of {@linkcode StopMatcher.push}. */
export interface StopMatch {
  /** Text that cannot be part of a stop sequence. */
  readonly text: string;
  /** The stop sequence that was found. The text before it ends the stream. */
  readonly matched?: string;
}

/**
 * Finds stop sequences in a stream of text, however it is chunked, and releases text as soon as it cannot be part of
 * one. The stop sequence and everything after it are dropped.
 *
 * The sequence that ends first wins; of several that end at the same place, the longest. This rule is the only one that
 * lets a generation stop at once, without generating more to see whether a longer match began earlier.
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
   * @param stops Non-empty strings. Lone surrogates match U+FFFD, which replaces them in generated text.
   * @throws {RangeError} If a stop sequence is empty.
   */
  constructor(stops: readonly string[]) {
    this.#patterns = stops.map((stop) => {
      if (stop === "") throw new RangeError("A stop sequence is empty");
      const text = stop.toWellFormed();
      return { stop, text, failure: failureFunction(text), matched: 0 };
    });
  }

  /** Reads a chunk. Returns the released text, and the stop sequence if the chunk completes one. */
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

  /** Whether text is held back because it may be the start of a stop sequence. */
  get pending(): boolean {
    return this.#held !== "";
  }

  /** Ends the stream. Returns the text held back, which cannot become a stop sequence any more. */
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

/**
 * Maps the length of each prefix of the pattern to the length of its longest proper suffix that is also a prefix.
 * Shape `[text.length + 1]`.
 */
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
