import { Failure } from "../failure/failure.ts";
import { toDuration } from "./duration.ts";
import { TokenBucket } from "./token_bucket.ts";

/** What is limited: requests to the API, and the tokens that turns compute. */
export type Budget = "requests" | "tokens";

/** A tenant has used up what it may have. */
export class RateLimitError extends Failure {
  override readonly name = "RateLimitError";
  override readonly category = "rate";
  override readonly code = "rate_limit_exceeded";
  constructor(
    readonly budget: Budget,
    /** How many there may be a minute. */
    readonly perMinute: number,
    /** Whole milliseconds after which there is something to be had again. */
    override readonly retryAfterMs: number,
  ) {
    super(`More than ${perMinute} ${budget} a minute`);
  }

  override get clientMessage(): string {
    return `Rate limit reached: ${this.perMinute} ${this.budget} a minute. Try again in ${
      toDuration(this.retryAfterMs)
    }.`;
  }

  override get headers() {
    // What OpenAI's clients look at first.
    return { "retry-after-ms": `${this.retryAfterMs}` };
  }
}

/** How many there may be a minute, for each tenant. 0 is any number. */
export type RatesPerMinute = Readonly<Record<Budget, number>>;

/** How much of a budget there is. */
export interface BudgetStatus {
  readonly perMinute: number;
  /** Whole ones that can be had now. */
  readonly remaining: number;
  /** Milliseconds until nothing of the budget is missing. */
  readonly resetMs: number;
}

/**
 * Bounds what each tenant asks for in a minute.
 *
 * The budgets are in the memory of this instance: so many instances, so many times the rate. Tokens are counted after
 * they were computed, so that a turn costs what it cost: the tokens that a stored state had read already are free, and
 * a turn may overdraw, for which later ones wait.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const limits = new RateLimits({ requests: 1, tokens: 0 }, () => 0);
 * limits.admitRequest("a");
 * assert.throws(() => limits.admitRequest("a"), RateLimitError);
 * limits.admitRequest("b");
 * ```
 */
export class RateLimits {
  readonly #rates: RatesPerMinute;
  readonly #now: () => number;
  /** As many as there are keys. */
  readonly #tenants = new Map<string, Partial<Record<Budget, TokenBucket>>>();

  /** @param now milliseconds from any moment on */
  constructor(rates: RatesPerMinute, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  /**
   * Counts a request.
   *
   * @throws {RateLimitError} if there were too many; then it is not counted.
   */
  admitRequest(tenant: string): void {
    this.#require(tenant, "requests");
    this.#bucket(tenant, "requests")?.take(1);
  }

  /** @throws {RateLimitError} if the tenant's turns have computed too many tokens to begin another. */
  requireTokens(tenant: string): void {
    this.#require(tenant, "tokens");
  }

  /** Counts the tokens that a turn computed. */
  spendTokens(tenant: string, tokens: number): void {
    this.#bucket(tenant, "tokens")?.take(tokens);
  }

  /** A budget of a tenant, if it is bounded. */
  status(tenant: string, budget: Budget): BudgetStatus | undefined {
    const bucket = this.#bucket(tenant, budget);
    if (bucket === undefined) return undefined;
    const perMinute = this.#rates[budget];
    return {
      perMinute,
      remaining: Math.max(0, Math.floor(bucket.level)),
      resetMs: bucket.waitFor(perMinute),
    };
  }

  #require(tenant: string, budget: Budget): void {
    const wait = this.#bucket(tenant, budget)?.waitFor(1) ?? 0;
    if (wait > 0) throw new RateLimitError(budget, this.#rates[budget], wait);
  }

  #bucket(tenant: string, budget: Budget): TokenBucket | undefined {
    const rate = this.#rates[budget];
    if (rate === 0) return undefined;
    const own = this.#tenants.get(tenant) ?? {};
    this.#tenants.set(tenant, own);
    return own[budget] ??= new TokenBucket(rate, this.#now);
  }
}
