import type { MiddlewareHandler } from "hono";
import { toDuration } from "../../limits/duration.ts";
import type { Budget, RateLimits } from "../../limits/rate_limits.ts";
import type { ApiEnv } from "../http/context.ts";
import { isUpgrade } from "../http/upgrade.ts";

const BUDGETS: readonly Budget[] = ["requests", "tokens"];

/** The headers that tell a client what is left of each budget. */
export const RATE_LIMIT_HEADERS: readonly string[] = BUDGETS.flatMap((budget) =>
  ["limit", "remaining", "reset"].map((name) => `x-ratelimit-${name}-${budget}`)
);

/**
 * Counts the requests of each tenant and refuses those over the rate; tells in headers what is left, in OpenAI's form.
 * Of a reply that streams, the tokens are those before it.
 *
 * @param limits throws {@linkcode RateLimitError}
 */
export function rateLimit(limits: RateLimits): MiddlewareHandler<ApiEnv> {
  return async function rateLimit(c, next) {
    const tenant = c.get("tenant");
    // What became a WebSocket has no headers any more that could be asked for this.
    const budgets = isUpgrade(c) ? [] : BUDGETS;
    try {
      limits.admitRequest(tenant);
      await next();
    } finally {
      for (const budget of budgets) {
        const status = limits.status(tenant, budget);
        if (status === undefined) continue;
        c.header(`x-ratelimit-limit-${budget}`, `${status.perMinute}`);
        c.header(`x-ratelimit-remaining-${budget}`, `${status.remaining}`);
        c.header(`x-ratelimit-reset-${budget}`, toDuration(status.resetMs));
      }
    }
  };
}
