import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { ApiEnv, Clock, RequestOutcome } from "./context.ts";
import type { Logger } from "./logger.ts";

/**
 * Writes a line about each request once it is over: for a stream, when its last event was taken or the client left.
 * Neither texts nor keys are in it.
 */
export function accessLog(log: Logger, clock: Clock): MiddlewareHandler<ApiEnv> {
  return async function accessLog(c, next) {
    const start = clock.now();
    await next();
    const request = {
      request_id: c.get("requestId"),
      // Absent where nobody showed a key. It is the beginning of a digest, and tells nothing of the key.
      tenant: c.get("tenant"),
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
    };
    const write = (outcome?: RequestOutcome): void =>
      log.info("request", { ...request, duration_ms: clock.now() - start, ...outcome });
    // Not awaited: the reply must not wait for its own end.
    void Promise.resolve(c.get("outcome")).then(write);
  };
}
