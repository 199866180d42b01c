import type { Handler } from "hono";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import type { CreatingKind } from "./once.ts";
import type { SharedStream } from "./shared_stream.ts";

/** The header that tells a client that it gets the result of an earlier request. */
export const ONCE_HEADERS: readonly string[] = ["idempotent-replayed"];

/**
 * Answers requests with an `Idempotency-Key` once, on routes that create something. On other routes the header has no effect:
 * doing them twice is the same as once. The rest is loaded with the first such request.
 */
export function onceEach(
  ports: ApiPorts,
): (kind: CreatingKind | undefined, handler: Handler<ApiEnv>) => Handler<ApiEnv> {
  const live = new Map<string, SharedStream>();
  return (kind, handler) => {
    if (kind === undefined) return handler;
    return async function onceEach(c, next) {
      const key = c.req.header("idempotency-key");
      if (key === undefined) return await handler(c, next);
      const { once } = await import("./once.ts");
      return await once({ ports, live, kind }, handler, key, c, next);
    };
  };
}
