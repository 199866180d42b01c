import { Failure } from "../failure/failure.ts";
import { toDuration } from "./duration.ts";
import { TokenBucket } from "./token_bucket.ts";

/** A limited quantity: API requests, or tokens that turns compute. */
export type Budget = "requests" | "tokens";

/** A tenant has used up its budget. */
export class RateLimitError extends Failure {
  override readonly name = "RateLimitError";
  override readonly category = "rate";
  override readonly code = "rate_limit_exceeded";
  constructor(
    readonly budget: Budget,
    /** The limit per minute. */
    readonly perMinute: number,
    /** Whole milliseconds until the budget allows a request again. */
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
    // OpenAI's clients prefer this header to `retry-after`.
    return { "retry-after-ms": `${this.retryAfterMs}` };
  }
}

/** The limits per tenant and minute. 0: unlimited. */
export type RatesPerMinute = Readonly<Record<Budget, number>>;

/** The current state of a budget. */
export interface BudgetStatus {
  readonly perMinute: number;
  /** Whole units that are available now. */
  readonly remaining: number;
  /** Milliseconds until the budget is full again. */
  readonly resetMs: number;
}

/**
 * Limits the requests and tokens per minute of each tenant.
 *
 * Budgets are kept in memory, per instance: N instances allow N times the rate. Tokens are charged after they were
 * computed, so a turn pays its actual cost: tokens that a stored state has already read are free. A turn may overdraw
 * the budget, and later turns wait until it has refilled.
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
  /** Never shrinks; its size is bounded by the number of API keys. */
  readonly #tenants = new Map<string, Partial<Record<Budget, TokenBucket>>>();

  /** @param now milliseconds since an arbitrary origin */
  constructor(rates: RatesPerMinute, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  /**
   * Counts a request against the budget.
   *
   * @throws {RateLimitError} if the budget is used up. A refused request does not count.
   */
  admitRequest(tenant: string): void {
    this.#require(tenant, "requests");
    this.#bucket(tenant, "requests")?.take(1);
  }

  /** @throws {RateLimitError} if the tenant's token budget is used up, so that it cannot start another turn. */
  requireTokens(tenant: string): void {
    this.#require(tenant, "tokens");
  }

  /** Counts the tokens that a turn computed. */
  spendTokens(tenant: string, tokens: number): void {
    this.#bucket(tenant, "tokens")?.take(tokens);
  }

  /** The state of a tenant's budget; undefined if it is unlimited. */
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
