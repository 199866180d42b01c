import type { Handler } from "hono";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import type { CreatingKind } from "./once.ts";
import type { SharedStream } from "./shared_stream.ts";

/** The header that tells a client that it gets the result of an earlier request. */
export const ONCE_HEADERS: readonly string[] = ["idempotent-replayed"];

/** The routes whose POST creates something. */
const CREATING: Readonly<Record<string, CreatingKind>> = {
  "/v1/chat/completions": "answer",
  "/v1/completions": "answer",
  "/v1/responses": "response",
  "/v1/responses/compact": "answer",
  "/v1/conversations": "json",
  "/v1/conversations/import": "upload",
  "/v1/conversations/:id/items": "json",
  "/v1/conversations/:id/fork": "json",
  "/v1/conversations/:id/rewind": "json",
  "/v1/conversations/:id/ingest": "upload",
  "/v1/browser_tokens": "json",
};

/** Whether a request to a route may have an `Idempotency-Key`. */
export function isCreating(method: string, path: string): boolean {
  return method === "POST" && Object.hasOwn(CREATING, path);
}

/**
 * Has requests with an `Idempotency-Key` answered once, on routes that create something. On others the header changes
 * nothing: what they do twice is the same as once. The rest is loaded with the first such request.
 */
export function onceEach(
  ports: ApiPorts,
): (method: string, path: string, handler: Handler<ApiEnv>) => Handler<ApiEnv> {
  const live = new Map<string, SharedStream>();
  return (method, path, handler) => {
    const kind = CREATING[path];
    if (!isCreating(method, path) || kind === undefined) return handler;
    return async function onceEach(c, next) {
      const key = c.req.header("idempotency-key");
      if (key === undefined) return await handler(c, next);
      const { once } = await import("./once.ts");
      return await once({ ports, live, kind }, handler, key, c, next);
    };
  };
}
