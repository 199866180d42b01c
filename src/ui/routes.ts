import { HTML } from "../api/http/media_types.ts";
import type { MakeHandler, Route, RouteSchemas } from "../api/http/route.ts";

const TAG = "Server";

const schemas = (): Promise<RouteSchemas> => Promise.resolve({ replies: { [HTML]: "text" } });

/** A page, with the policy that lets it run its own script and no other. */
function page(load: () => Promise<string>): MakeHandler {
  return () => async (c) => {
    const [html, { pagePolicy }] = await Promise.all([load(), import("./page_policy.ts")]);
    return c.html(html, 200, { "content-security-policy": await pagePolicy(html) });
  };
}

/** The routes of pages. */
export const PAGE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/",
    summary: "A page to talk to the model",
    tag: TAG,
    schemas,
    handler: page(async () => (await import("./page.ts")).PAGE),
  },
  {
    method: "GET",
    path: "/docs",
    summary: "This description as a page",
    tag: TAG,
    schemas,
    handler: page(async () => (await import("./reference_page.ts")).REFERENCE_PAGE),
  },
];
