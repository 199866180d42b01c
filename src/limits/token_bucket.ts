/** The time over which an empty bucket fills. */
const MINUTE_MS = 60_000;

/**
 * A budget that refills all the time: so much a minute, of which at most one minute's worth is saved up.
 *
 * What is not known beforehand may be taken when it is: the level is then below nothing, and nothing can be had until
 * that is made up for. So the mean never passes the rate, however much one takes at once.
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
   * @param perMinute what flows in within a minute, and what the bucket holds: at least 1
   * @param now milliseconds from any moment on
   */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#level = perMinute;
    this.#measured = now();
  }

  /** What can be had now. Below nothing after too much was taken. */
  get level(): number {
    const now = this.#now();
    // A clock that was set back gives nothing and takes nothing.
    const gained = Math.max(0, now - this.#measured) * this.#perMinute / MINUTE_MS;
    this.#level = Math.min(this.#perMinute, this.#level + gained);
    this.#measured = now;
    return this.#level;
  }

  /** Takes this much, whether or not it is there. */
  take(amount: number): void {
    this.#level = this.level - amount;
  }

  /** Whole milliseconds until the level is this high. */
  waitFor(level: number): number {
    return Math.max(0, Math.ceil((level - this.level) * MINUTE_MS / this.#perMinute));
  }
}
