import { RateLimitError, type RateLimits } from "../limits/rate_limits.ts";
import { sleep } from "../stream/sleep.ts";
import { type Release, type TurnQueue, TurnQueueFullError } from "../limits/turn_queue.ts";

/** Maximum delay between retries. */
const MAX_RETRY_MS = 1_000;

/** Port: measures ingests. Must not throw. */
export interface IngestMeter {
  /** Counts tokens that a model has read. */
  ingested(tokens: number, model: string): void;
}

/**
 * Schedules ingests among the turns, one segment at a time. Where a turn would be refused, an ingest waits, and
 * backpressure makes its sender wait.
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
   * @throws the signal's reason if it aborts first
   */
  async enter(tenant: string, signal: AbortSignal): Promise<Release> {
    for (;;) {
      try {
        this.#limits.requireTokens(tenant);
        return await this.#queue.enter(tenant, signal);
      } catch (error) {
        const isFull = error instanceof RateLimitError || error instanceof TurnQueueFullError;
        if (!isFull) throw error;
        await sleep(Math.min(error.retryAfterMs, MAX_RETRY_MS), signal);
      }
    }
  }

  /** Counts the tokens that a model has read. */
  spent(tenant: string, tokens: number, model: string): void {
    this.#limits.spendTokens(tenant, tokens);
    this.#meter?.ingested(tokens, model);
  }
}
