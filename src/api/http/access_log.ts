import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { ApiEnv, Clock, RequestOutcome } from "./context.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** A request whose reply is over. */
export interface HandledRequest {
  readonly method: string;
  /** The pattern of its path, never the path itself. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/**
 * Writes a line about each request once it is over: for a stream, when its last event was taken or the client left.
 * Neither texts nor keys are in it.
 *
 * @param onHandled told of each request as well
 */
export function accessLog(
  log: Logger,
  clock: Clock,
  onHandled?: (request: HandledRequest) => void,
): MiddlewareHandler<ApiEnv> {
  return async function accessLog(c, next) {
    const start = clock.now();
    await next();
    const request = {
      request_id: c.get("requestId"),
      // Absent where nobody showed a key. It is the beginning of a digest, and tells nothing of the key.
      tenant: c.get("tenant"),
      // Absent with a key. It tells nothing of the token.
      browser_token: c.get("grant")?.id,
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
    };
    const write = (outcome?: RequestOutcome): void => {
      const ms = clock.now() - start;
      log.info("request", { ...request, duration_ms: ms, ...outcome });
      onHandled?.({ ...request, ms });
    };
    // Not awaited: the reply must not wait for its own end.
    void Promise.resolve(c.get("outcome")).then(write);
  };
}
