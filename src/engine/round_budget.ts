/**
 * How long a round is meant to take if there are others in it than the one that reads a long prompt. Rounds vary, and
 * none is to hold back the others by more than 50 ms.
 */
const ROUND_MS = 40;

/** Rounds of fewer tokens say little about what a token of a prompt costs: a single one pays for all weights alone. */
const TELLING_TOKENS = 8;

/** Weight of the last round in what a token is thought to cost. */
const LEARNING_RATE = 0.3;

/**
 * Decides how many tokens each read may take of a round, so that a long prompt does not hold back what else runs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const budget = new RoundBudget(64);
 * assert.deepEqual(budget.share([1000, 1]), [8, 1]); // nothing is known yet
 * budget.measured(65, 130); // 2 ms a token
 * assert.deepEqual(budget.share([1000, 1]), [19, 1]);
 * assert.deepEqual(budget.share([1000]), [64]);
 * ```
 */
export class RoundBudget {
  readonly #chunkSize: number;
  #tokenMs: number | undefined;

  /** @param chunkSize tokens of one read that a round may have at the most */
  constructor(chunkSize: number) {
    this.#chunkSize = chunkSize;
  }

  /**
   * Shares out a round.
   *
   * @param left tokens that each read still has
   * @returns how many of them to read now, at least one
   */
  share(left: readonly number[]): number[] {
    const chunk = left.length === 1 ? this.#chunkSize : this.#chunkBesideOthers(left);
    return left.map((tokens) => Math.min(tokens, chunk));
  }

  /** Takes note of what a round took. */
  measured(tokens: number, ms: number): void {
    if (tokens < TELLING_TOKENS) return;
    const tokenMs = ms / tokens;
    this.#tokenMs ??= tokenMs;
    this.#tokenMs += LEARNING_RATE * (tokenMs - this.#tokenMs);
  }

  /** The largest chunk with which all reads together keep within the time. */
  #chunkBesideOthers(left: readonly number[]): number {
    // A large model may take much longer for a whole chunk: as few as tell what one costs.
    if (this.#tokenMs === undefined) return Math.min(TELLING_TOKENS, this.#chunkSize);
    let tokens = Math.floor(ROUND_MS / this.#tokenMs);
    // The shortest first: what they do not need is for the longer ones.
    const sorted = left.toSorted((a, b) => a - b);
    for (const [i, length] of sorted.entries()) {
      const each = Math.floor(tokens / (sorted.length - i));
      if (length > each) return Math.max(1, Math.min(each, this.#chunkSize));
      tokens -= length;
    }
    return this.#chunkSize;
  }
}
