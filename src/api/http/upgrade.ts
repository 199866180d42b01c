import type { Context, MiddlewareHandler } from "hono";
import type { ApiEnv } from "./context.ts";

/** Whether a request asks for a WebSocket. The headers of the reply are then not ours to set. */
export function isUpgrade(c: Context): boolean {
  return c.req.header("upgrade")?.toLowerCase() === "websocket";
}

/** The same middleware, which leaves alone what asks for a WebSocket. */
export function unlessUpgrade(middleware: MiddlewareHandler): MiddlewareHandler<ApiEnv> {
  return (c, next) => isUpgrade(c) ? next() : middleware(c, next);
}
