/**
 * The tokens that a repetition penalty applies to: all that were added, or the last so many of them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const seen = new SeenTokens(2);
 * for (const token of [5, 6, 6, 7]) seen.add(token);
 * assert.deepEqual([...seen], [6, 7]);
 * ```
 */
export class SeenTokens {
  readonly #window: number;
  /** Token -> how often it is in the window. */
  readonly #counts = new Map<number, number>();
  /** The tokens of the window, the oldest first. Not kept while the window has no bound. */
  readonly #recent: number[] = [];

  /** @param window How many of the last tokens count. Infinity for all, 0 for none. */
  constructor(window: number) {
    this.#window = window;
  }

  add(token: number): void {
    if (this.#window === 0) return;
    this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
    if (this.#window === Infinity) return;
    this.#recent.push(token);
    if (this.#recent.length <= this.#window) return;
    const oldest = this.#recent.shift()!;
    const left = this.#counts.get(oldest)! - 1;
    if (left === 0) this.#counts.delete(oldest);
    else this.#counts.set(oldest, left);
  }

  /** Each token once. */
  [Symbol.iterator](): IterableIterator<number> {
    return this.#counts.keys();
  }

  /** Tokens that give the same set when they are added again, now or after further ones. */
  save(): number[] {
    return this.#window === Infinity ? [...this.#counts.keys()] : [...this.#recent];
  }
}
