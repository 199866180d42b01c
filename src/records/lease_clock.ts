/** A lease whose end is too far away, and since when it was seen so. */
interface Watched {
  readonly expiresAt: number;
  /** Of the clock that never jumps. */
  readonly since: number;
}

/** What a {@linkcode LeaseClock} is made of. */
export interface LeaseClockParts {
  /** Milliseconds since the epoch, by a clock that may be set, and that each machine has its own of. */
  readonly now: () => number;
  /** How long a lease holds after it was renewed. */
  readonly leaseMs: number;
  /** Milliseconds from any moment on, by a clock that is never set. @default performance.now */
  readonly elapsed?: () => number;
}

/** Leases that are watched at once, at the most. */
const MOST_WATCHED = 10_000;

/**
 * Tells whether leases have expired, though clocks jump and differ.
 *
 * The time at which a lease expires is its holder's. One that is later than it can be by our own clock was written before
 * that was set back, or by a machine whose clock is ahead. Such a lease has expired as well if it was not renewed
 * while we waited for as long as a lease holds: renewing changes the time.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * let elapsed = 0;
 * const clock = new LeaseClock({ now: () => 1_000, leaseMs: 10, elapsed: () => elapsed });
 * assert.equal(clock.isExpired("a", 1_000), true);
 * assert.equal(clock.isExpired("b", 3_600_000), false);
 * elapsed = 10;
 * assert.equal(clock.isExpired("b", 3_600_000), true);
 * ```
 */
export class LeaseClock {
  readonly #parts: Required<LeaseClockParts>;
  readonly #watched = new Map<string, Watched>();

  constructor(parts: LeaseClockParts) {
    this.#parts = { elapsed: () => performance.now(), ...parts };
  }

  /**
   * Whether a lease has expired.
   *
   * @param name names what is leased, as nothing else
   */
  isExpired(name: string, expiresAt: number): boolean {
    const { now, leaseMs, elapsed } = this.#parts;
    const left = expiresAt - now();
    if (left <= leaseMs) {
      this.#watched.delete(name);
      return left <= 0;
    }
    const watched = this.#watched.get(name);
    if (watched?.expiresAt === expiresAt) return elapsed() - watched.since >= leaseMs;
    this.#watched.delete(name);
    this.#watched.set(name, { expiresAt, since: elapsed() });
    const [oldest] = this.#watched.keys();
    if (this.#watched.size > MOST_WATCHED) this.#watched.delete(oldest!);
    return false;
  }
}
