import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../http/context.ts";
import { IGNORED_HEADER } from "./ignored.ts";
import type { IgnoredLog } from "./ignored_log.ts";

/** Tells the client in a header which fields of its request were ignored, and logs those that were not logged before. */
export function tellIgnored(log: IgnoredLog): MiddlewareHandler<ApiEnv> {
  return async function tellIgnored(c, next) {
    await next();
    const ignored = c.get("notes")?.ignored;
    if (ignored === undefined || ignored.names.length === 0) return;
    c.header(IGNORED_HEADER, ignored.header);
    log.note(c.get("tenant"), ignored.names);
  };
}
