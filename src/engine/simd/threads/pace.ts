/** A way of computing is judged by so many milliseconds of it. */
const WINDOW_MS = 20;
/**
 * So long threads have to show that they help: a processor that has had nothing to do was seen to take 60 ms until it was as
 * fast as the other.
 */
const TRIAL_MS = 80;
/** The slower way is tried again after so many times what trying it took, */
const FIRST_PAUSE = 2;
/** twice as many each time that it is found to be the slower one again, up to this. */
const LAST_PAUSE = 32;

/**
 * Whether threads help. Where cores are busy with other work, those that compute together wait for one that has no core,
 * again and again, and one alone is faster. So both ways are tried, and the slower one again from time to time: soon at first,
 * and later for a thirtieth of the time.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const pace = new Pace();
 * assert(pace.isTogether(1));
 * for (const now of [50, 100]) pace.add(1, 50, now); // a token together took 50 ms,
 * assert(!pace.isTogether(1));
 * pace.add(1, 60, 160); // and alone 60
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
  /** What a token took in the last window of each way. */
  readonly #tokenMs: { together?: number; alone?: number } = {};
  #window = { tokens: 0, ms: 0 };
  /** How long the way has been tried; undefined if it is taken because it is the faster one. */
  #triedMs: number | undefined = 0;
  #pause = FIRST_PAUSE;
  #tryAgainAt = -Infinity;

  add(tokens: number, ms: number, now: number): void {
    this.#window.tokens += tokens;
    this.#window.ms += ms;
    if (this.#window.ms >= WINDOW_MS) this.#judge(now);
  }

  #judge(now: number): void {
    const before = this.#faster;
    const { tokens, ms } = this.#window;
    this.#window = { tokens: 0, ms: 0 };
    this.#tokenMs[this.way] = ms / tokens;
    if (this.#faster !== before) {
      this.#pause = FIRST_PAUSE;
      this.#tryAgainAt = now + this.#pause * ms; // soon: it may have been a moment's work of others
    }
    if (this.#triedMs !== undefined) {
      this.#triedMs += ms;
      const helps = this.#tokenMs.alone !== undefined && this.#faster === "together";
      if (this.way === "together" && !helps && this.#triedMs < TRIAL_MS) return;
      this.#tryAgainAt = now + this.#pause * this.#triedMs;
      this.#pause = Math.min(2 * this.#pause, LAST_PAUSE);
    }
    const slower = this.#faster === "together" ? "alone" : "together";
    const isTrial = this.#tokenMs[slower] === undefined || now >= this.#tryAgainAt;
    this.#triedMs = isTrial ? 0 : undefined;
    this.way = isTrial ? slower : this.#faster;
  }

  /** The faster way, as far as it is known. */
  get #faster(): Way {
    const { together, alone } = this.#tokenMs;
    return alone === undefined || (together !== undefined && together <= alone)
      ? "together"
      : "alone";
  }
}
