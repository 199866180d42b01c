/** The time in which an empty bucket fills. */
const MINUTE_MS = 60_000;

/**
 * A token bucket: it refills continuously at a rate per minute, and holds at most one minute's worth.
 *
 * Costs that are only known afterwards may overdraw it: the level becomes negative, and nothing is available until it
 * has recovered. So the mean never exceeds the rate, however large a single withdrawal is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * let now = 0;
 * const bucket = new TokenBucket(60, () => now);
 * bucket.take(60);
 * assert.equal(bucket.waitFor(1), 1000);
 * now = 1000;
 * assert.equal(bucket.level, 1);
 * ```
 */
export class TokenBucket {
  readonly #perMinute: number;
  readonly #now: () => number;
  #level: number;
  #measured: number;

  /**
   * @param perMinute the refill rate and the capacity; at least 1
   * @param now milliseconds since an arbitrary origin
   */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#level = perMinute;
    this.#measured = now();
  }

  /** The amount available now. Negative while overdrawn. */
  get level(): number {
    const now = this.#now();
    // If the clock was set back, the level stays as it is.
    const gained = Math.max(0, now - this.#measured) * this.#perMinute / MINUTE_MS;
    this.#level = Math.min(this.#perMinute, this.#level + gained);
    this.#measured = now;
    return this.#level;
  }

  /** Takes an amount, even if it is not available. */
  take(amount: number): void {
    this.#level = this.level - amount;
  }

  /** Whole milliseconds until the bucket reaches a level. */
  waitFor(level: number): number {
    return Math.max(0, Math.ceil((level - this.level) * MINUTE_MS / this.#perMinute));
  }
}
