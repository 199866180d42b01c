import { RateLimitError, type RateLimits } from "../limits/rate_limits.ts";
import { sleep } from "../stream/sleep.ts";
import { type Release, type TurnQueue, TurnQueueFullError } from "../limits/turn_queue.ts";

/** How long to wait at the most before asking again. */
const LONGEST_WAIT_MS = 1_000;

/** Port: is told what of long texts is read. It must not throw. */
export interface IngestMeter {
  /** A model has read so many tokens. */
  ingested(tokens: number, model: string): void;
}

/**
 * Lets the reading of long texts have a place among the turns, a segment at a time. Where a turn would be sent away, a
 * text waits, and with it whoever sends it.
 */
export class IngestPace {
  readonly #queue: Pick<TurnQueue, "enter">;
  readonly #limits: Pick<RateLimits, "requireTokens" | "spendTokens">;

  readonly #meter: IngestMeter | undefined;

  constructor(
    queue: Pick<TurnQueue, "enter">,
    limits: Pick<RateLimits, "requireTokens" | "spendTokens">,
    meter?: IngestMeter,
  ) {
    this.#queue = queue;
    this.#limits = limits;
    this.#meter = meter;
  }

  /**
   * Waits until a segment may be read.
   *
   * @throws the signal's reason when it aborts
   */
  async enter(tenant: string, signal: AbortSignal): Promise<Release> {
    for (;;) {
      try {
        this.#limits.requireTokens(tenant);
        return await this.#queue.enter(tenant, signal);
      } catch (error) {
        const isFull = error instanceof RateLimitError || error instanceof TurnQueueFullError;
        if (!isFull) throw error;
        await sleep(Math.min(error.retryAfterMs, LONGEST_WAIT_MS), signal);
      }
    }
  }

  /** Counts the tokens that a model has read. */
  spent(tenant: string, tokens: number, model: string): void {
    this.#limits.spendTokens(tenant, tokens);
    this.#meter?.ingested(tokens, model);
  }
}
