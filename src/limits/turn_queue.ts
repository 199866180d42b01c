import { Failure } from "../failure/failure.ts";
import { untilAborted } from "../stream/until_aborted.ts";

/** As many turns of one tenant wait as may. */
export class TurnQueueFullError extends Failure {
  override readonly name = "TurnQueueFullError";
  override readonly category = "rate";
  override readonly code = "queue_full";
  override readonly retryAfterMs: number;
  constructor(
    /** Whole seconds after which there may be a place. */
    readonly retryAfter: number,
  ) {
    super("Too many turns are waiting to be answered");
    this.retryAfterMs = retryAfter * 1000;
  }

  override get clientMessage(): string {
    return "Too many of your requests are waiting to be answered.";
  }
}

/** How many turns there may be. */
export interface TurnQueueLimits {
  /** Turns that run at the same time, of all tenants. */
  readonly running: number;
  /** Turns of one tenant that wait. */
  readonly waiting: number;
}

/** Ends a turn, so that the next may run. Doing so twice does nothing. */
export type Release = () => void;

/** Of the mean time of turns, what the last one counts. */
const NEWEST = 0.2;
/** Seconds that a turn takes as long as none has ended. */
const FIRST_GUESS = 2;
/** Nobody is sent away for longer, in seconds. */
const LONGEST = 60;

/**
 * Lets so many turns run, and makes the others wait. Tenants take turns: whoever asks for much waits for their own, and
 * their queue, which is bounded, is theirs alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
 * const never = new AbortController().signal;
 * const release = await queue.enter("a", never);
 * const next = queue.enter("b", never);
 * release();
 * (await next)();
 * assert.equal(queue.running, 0);
 * ```
 */
export class TurnQueue {
  readonly #limits: TurnQueueLimits;
  readonly #now: () => number;
  /** Those who wait, by tenant; the tenant whose turn it is comes first. */
  readonly #waiting = new Map<string, PromiseWithResolvers<Release>[]>();
  #running = 0;
  #meanSeconds = FIRST_GUESS;

  /** @param now milliseconds from any moment on */
  constructor(limits: TurnQueueLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Turns that run. */
  get running(): number {
    return this.#running;
  }

  /** Turns that wait, of all tenants. */
  get waiting(): number {
    return this.#waiting.values().reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Waits until a turn may run.
   *
   * @param onWait called at once if it may not run yet
   * @throws {TurnQueueFullError} at once
   * @throws the signal's reason when it aborts before
   */
  async enter(tenant: string, signal: AbortSignal, onWait?: () => void): Promise<Release> {
    signal.throwIfAborted();
    if (this.#running < this.#limits.running) return this.#start();
    const own = this.#waiting.get(tenant) ?? [];
    if (own.length >= this.#limits.waiting) throw new TurnQueueFullError(this.#retryAfter());
    this.#waiting.set(tenant, own);
    const place = Promise.withResolvers<Release>();
    own.push(place);
    onWait?.();
    return await untilAborted(place.promise, signal, () => this.#remove(tenant, place));
  }

  #start(): Release {
    this.#running++;
    const started = this.#now();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#meanSeconds += NEWEST * ((this.#now() - started) / 1000 - this.#meanSeconds);
      this.#running--;
      this.#admit();
    };
  }

  /** Lets the tenant who comes first run one, and sends them to the end. */
  #admit(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [tenant, own] = first;
    const place = own.shift()!;
    this.#waiting.delete(tenant);
    if (own.length > 0) this.#waiting.set(tenant, own);
    place.resolve(this.#start());
  }

  #remove(tenant: string, place: PromiseWithResolvers<Release>): void {
    const own = this.#waiting.get(tenant);
    const at = own?.indexOf(place) ?? -1;
    if (own === undefined || at < 0) return;
    own.splice(at, 1);
    if (own.length === 0) this.#waiting.delete(tenant);
  }

  #retryAfter(): number {
    const turns = this.#running + this.waiting;
    const seconds = this.#meanSeconds * turns / this.#limits.running;
    return Math.min(LONGEST, Math.max(1, Math.ceil(seconds)));
  }
}
