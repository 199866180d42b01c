import { lazyHandler } from "../api/http/lazy_handler.ts";
import { HTML } from "../api/http/media_types.ts";
import type { Content, MakeHandler, Route, RouteSchemas } from "../api/http/route.ts";

const TAG = "Server";

const replying = (type: string) => (): Promise<RouteSchemas> => {
  const replies: Readonly<Record<string, Content>> = { [type]: "text" };
  return Promise.resolve({ replies });
};

const pages = () => import("./page_routes.tsx");

/** A page, with the policy that lets it run its own script and no other. */
function page(load: () => Promise<string>): MakeHandler {
  return () => async (c) => {
    const [html, { pagePolicy }] = await Promise.all([load(), import("./page_policy.ts")]);
    return c.html(html, 200, { "content-security-policy": await pagePolicy(html) });
  };
}

/** The routes of pages, and of the files that they load. */
export const PAGE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/",
    summary: "A page to talk to the model",
    tag: TAG,
    schemas: replying(HTML),
    handler: lazyHandler(async () => (await pages()).showPage()),
  },
  {
    method: "GET",
    path: "/assets/page.js",
    summary: "The script of the page",
    tag: TAG,
    schemas: replying("text/javascript"),
    handler: lazyHandler(async () => (await pages()).serveAsset("page.js")),
  },
  {
    method: "GET",
    path: "/assets/page.css",
    summary: "The style of the page",
    tag: TAG,
    schemas: replying("text/css"),
    handler: lazyHandler(async () => (await pages()).serveAsset("page.css")),
  },
  {
    method: "GET",
    path: "/docs",
    summary: "This description as a page",
    tag: TAG,
    schemas: replying(HTML),
    handler: page(async () => (await import("./reference_page.ts")).REFERENCE_PAGE),
  },
];
