import { lazyHandler } from "../api/http/lazy_handler.ts";
import { HTML } from "../api/http/media_types.ts";
import type { MakeHandler, Route, RouteSchemas } from "../api/http/route.ts";

const TAG = "Server";

const ui = () => import("./page_routes.tsx");

const file = (type: string) => (): Promise<RouteSchemas> =>
  Promise.resolve({ replies: { [type]: "text" } });
const schemas = file(HTML);

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
    handler: lazyHandler(async () => (await ui()).showPage()),
  },
  {
    method: "GET",
    path: "/assets/page.js",
    summary: "The script of the page",
    tag: TAG,
    schemas: file("text/javascript"),
    handler: lazyHandler(async () => (await ui()).serveAsset("page.js")),
  },
  {
    method: "GET",
    path: "/assets/page.css",
    summary: "The style of the page",
    tag: TAG,
    schemas: file("text/css"),
    handler: lazyHandler(async () => (await ui()).serveAsset("page.css")),
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
