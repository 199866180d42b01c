import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";

const schemas = lazySchemas(async () => ({
  ...await import("./replies.ts"),
}));

/** The route of `/v1/usage`. */
export const USAGE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/usage",
    summary: "What a key has stored, and what it may store",
    tag: "Server",
    schemas: schemas(({ usage }) => ({ replies: { [JSON_TYPE]: usage } })),
    handler: lazyHandler(async (ports) => (await import("./usage.ts")).showUsage(ports)),
  },
];
