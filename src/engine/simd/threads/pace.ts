/** Of a way of computing so many milliseconds do not count, since threads that slept are slow at first, */
const WARM_MS = 5;
/** and by so many after them it is judged. */
const JUDGED_MS = 20;
/** The slower way is tried again after so many times what trying it took, */
const FIRST_PAUSE = 2;
/** twice as many each time that it is found to be the slower one again, up to this. */
const LAST_PAUSE = 32;

/**
 * Whether threads help. Where cores are busy with other work, those that compute together wait for one that has no core,
 * again and again, and one alone is faster. So both ways are tried, and the slower one again from time to time: soon, since
 * threads that have just begun are slow, and later for a thirtieth of the time.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const pace = new Pace();
 * assert(pace.isTogether(1));
 * pace.add(1, 50, 50); // a token together took 50 ms,
 * assert(!pace.isTogether(1));
 * pace.add(1, 60, 110); // and alone 60
 * assert(pace.isTogether(1));
 * ```
 */
export class Pace {
  /** By the size of runs, in powers of two: what helps with many tokens need not help with one. */
  readonly #sizes = new Map<number, SizePace>();

  /** Whether to compute a run of so many tokens together now. */
  isTogether(tokens: number): boolean {
    return this.#size(tokens).way === "together";
  }

  /**
   * Takes note of a run.
   *
   * @param ms how long it took
   * @param now milliseconds, of any clock that only rises
   */
  add(tokens: number, ms: number, now: number): void {
    this.#size(tokens).add(tokens, ms, now);
  }

  #size(tokens: number): SizePace {
    const size = 32 - Math.clz32(tokens - 1);
    let pace = this.#sizes.get(size);
    if (pace === undefined) this.#sizes.set(size, pace = new SizePace());
    return pace;
  }
}

type Way = "together" | "alone";

/** Which way is taken with runs of about one size. */
class SizePace {
  way: Way = "together";
  /** What a token took when the way was last judged. */
  readonly #tokenMs: { together?: number; alone?: number } = {};
  #spent = 0;
  #judged = { tokens: 0, ms: 0 };
  #isTrial = true;
  #pause = FIRST_PAUSE;
  #tryAgainAt = -Infinity;

  add(tokens: number, ms: number, now: number): void {
    this.#spent += ms;
    if (this.#spent < WARM_MS) return;
    this.#judged.tokens += tokens;
    this.#judged.ms += ms;
    if (this.#spent < WARM_MS + JUDGED_MS) return;
    const before = this.#faster;
    this.#tokenMs[this.way] = this.#judged.ms / this.#judged.tokens;
    if (this.#faster !== before) this.#pause = FIRST_PAUSE;
    if (this.#isTrial) {
      this.#tryAgainAt = now + this.#pause * this.#spent;
      this.#pause = Math.min(2 * this.#pause, LAST_PAUSE);
    }
    const slower = this.#faster === "together" ? "alone" : "together";
    this.#isTrial = this.#tokenMs[slower] === undefined || now >= this.#tryAgainAt;
    this.way = this.#isTrial ? slower : this.#faster;
    this.#spent = 0;
    this.#judged = { tokens: 0, ms: 0 };
  }

  /** The faster way, as far as it is known. */
  get #faster(): Way {
    const { together, alone } = this.#tokenMs;
    return alone === undefined || (together !== undefined && together <= alone)
      ? "together"
      : "alone";
  }
}
