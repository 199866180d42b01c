import { Failure } from "../failure/failure.ts";
import { untilAborted } from "../stream/until_aborted.ts";

/** A tenant's queue of waiting turns is full. */
export class TurnQueueFullError extends Failure {
  override readonly name = "TurnQueueFullError";
  override readonly category = "rate";
  override readonly code = "queue_full";
  override readonly retryAfterMs: number;
  constructor(
    /** Whole seconds after which a place may be free. */
    readonly retryAfter: number,
  ) {
    super("Too many turns are waiting to be answered");
    this.retryAfterMs = retryAfter * 1000;
  }

  override get clientMessage(): string {
    return "Too many of your requests are waiting to be answered.";
  }
}

/** Limits of a {@linkcode TurnQueue}. */
export interface TurnQueueLimits {
  /** Maximum number of turns that run concurrently, over all tenants. */
  readonly running: number;
  /** Maximum number of waiting turns per tenant. */
  readonly waiting: number;
}

/** Ends a turn, so that the next one may run. Idempotent. */
export type Release = () => void;

/** Weight of the latest turn in the exponential moving average of durations. */
const LATEST_WEIGHT = 0.2;
/** Initial value of the average, in seconds. */
const INITIAL_SECONDS = 2;
/** Maximum `retryAfter`, in seconds. */
const MAX_RETRY_AFTER = 60;

/**
 * Limits the number of turns that run concurrently; further turns wait. Each tenant has its own bounded queue, and the
 * queues are served round-robin, so a tenant with many requests delays mostly itself.
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
  /** The waiting turns of each tenant, in the order in which tenants are served. */
  readonly #waiting = new Map<string, PromiseWithResolvers<Release>[]>();
  #running = 0;
  #meanSeconds = INITIAL_SECONDS;

  /** @param now milliseconds since an arbitrary origin */
  constructor(limits: TurnQueueLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Number of running turns. */
  get running(): number {
    return this.#running;
  }

  /** Number of waiting turns, over all tenants. */
  get waiting(): number {
    return this.#waiting.values().reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Waits until a turn may run.
   *
   * @param onWait called synchronously if the turn has to wait
   * @throws {TurnQueueFullError} if it would have to wait and the tenant's queue is full
   * @throws the signal's reason if it aborts first
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
      this.#meanSeconds += LATEST_WEIGHT * ((this.#now() - started) / 1000 - this.#meanSeconds);
      this.#running--;
      this.#admit();
    };
  }

  /** Starts the next turn of the first tenant and moves that tenant to the end. */
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
    return Math.min(MAX_RETRY_AFTER, Math.max(1, Math.ceil(seconds)));
  }
}
