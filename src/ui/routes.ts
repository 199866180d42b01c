import { lazyHandler } from "../api/http/lazy_handler.ts";
import { HTML } from "../api/http/media_types.ts";
import { serveSharedAsset } from "../api/models/serve_shared_model.ts";
import { SHARED_ASSETS, type SharedAsset } from "../api/models/shared_model.ts";
import type { Content, Route, RouteSchemas } from "../api/http/route.ts";
import { type AssetName, PAGE_ASSETS } from "./page_assets.ts";

const TAG = "Server";

const pages = () => import("./page_routes.tsx");

const replying = (type: string) => (): Promise<RouteSchemas> => {
  const replies: Readonly<Record<string, Content>> = { [type]: "text" };
  return Promise.resolve({ replies });
};

const asset = (name: AssetName, summary: string): Route => ({
  method: "GET",
  path: `/assets/${name}`,
  summary,
  tag: TAG,
  schemas: replying(PAGE_ASSETS[name].type),
  handler: lazyHandler(async () => (await pages()).serveAsset(name)),
});

const sharedAsset = (name: SharedAsset, summary: string): Route => ({
  method: "GET",
  path: `/assets/${name}`,
  summary,
  tag: TAG,
  schemas: replying(SHARED_ASSETS[name]),
  handler: ({ sharedModel }) => sharedModel && serveSharedAsset(name, sharedModel),
});

/** The routes of pages, and of the files that they load. */
export const PAGE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/",
    summary: "A page to talk to the model",
    tag: TAG,
    schemas: replying(HTML),
    handler: lazyHandler(async ({ sharedModel }) =>
      (await pages()).showPage(sharedModel !== undefined)
    ),
  },
  {
    method: "GET",
    path: "/docs",
    summary: "This description as a page",
    tag: TAG,
    schemas: replying(HTML),
    handler: lazyHandler(async () => (await pages()).showReference()),
  },
  asset("page.js", "The script of the page"),
  asset("page.css", "The style of the page"),
  asset("comparison.js", "The worker that compares RWKV with a Transformer"),
  asset("reference.js", "The script of the page that shows this description"),
  sharedAsset("client.js", "The script that runs the model in a web page"),
  sharedAsset("kernels.wasm", "The WebAssembly kernels of that script"),
  sharedAsset("kernels_relaxed.wasm", "The same kernels for browsers with relaxed SIMD"),
];
