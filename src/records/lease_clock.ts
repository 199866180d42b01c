/** When a lease with an implausibly late expiry was first seen. */
interface Watched {
  readonly expiresAt: number;
  /** By the monotonic clock. */
  readonly since: number;
}

/** Options of a {@linkcode LeaseClock}. */
export interface LeaseClockParts {
  /** Wall clock in milliseconds since the epoch. It may be set, and differs between machines. */
  readonly now: () => number;
  /** How long a lease lasts after it was renewed, in milliseconds. */
  readonly leaseMs: number;
  /** Monotonic clock in milliseconds. @default performance.now */
  readonly elapsed?: () => number;
}

/** The most leases that are watched at once. */
const MOST_WATCHED = 10_000;

/**
 * Decides whether leases have expired, despite clocks that jump and differ between machines.
 *
 * Expiry times come from the holder's clock. A time later than our own clock allows was written before our clock was
 * set back, or by a machine whose clock is ahead. Such a lease also counts as expired if it was not renewed, which
 * would change the time, while we waited for the full duration of a lease.
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
   * @param name unique name of what is leased
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
