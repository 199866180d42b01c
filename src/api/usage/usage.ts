import type { Handler } from "hono";
import type { ApiEnv, ApiPorts } from "../http/context.ts";

/** A bound as JSON has it: `null` is any amount. */
function bound(amount: number): number | null {
  return amount === Infinity ? null : amount;
}

/** `GET /v1/usage`: what the key of a request keeps here, and what it may keep. */
export function showUsage({ usage }: Pick<ApiPorts, "usage">): Handler<ApiEnv> {
  return async function showUsage(c) {
    const tenant = c.get("tenant");
    const { bytes, responses, conversations, cache } = await usage.kept(tenant);
    const quota = usage.quotas(tenant);
    return c.json({
      object: "usage",
      stored: { bytes, responses, conversations },
      cached: { bytes: cache },
      limits: {
        stored_bytes: bound(quota.bytes),
        responses: bound(quota.responses),
        conversations: bound(quota.conversations),
        cached_bytes: bound(quota.cacheBytes),
      },
    });
  };
}
