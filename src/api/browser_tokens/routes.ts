import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";

const TAG = "Browser tokens";

const schemas = lazySchemas(async () => ({
  ...await import("./create_browser_token.ts"),
}));

/** The route of `/v1/browser_tokens`. */
export const BROWSER_TOKEN_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/browser_tokens",
    summary: "Make a token for a page, which reaches one conversation",
    tag: TAG,
    schemas: schemas(({ browserTokenRequest, browserToken }) => ({
      request: browserTokenRequest,
      replies: { [JSON_TYPE]: browserToken },
    })),
    errors: [403, 404, 503],
    creates: "json",
    handler: lazyHandler(async (ports) => {
      const { createBrowserToken } = await import("./create_browser_token.ts");
      return createBrowserToken(ports, ports.tokens);
    }),
  },
];
