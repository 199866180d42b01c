/** @jsxImportSource hono/jsx */
/** @jsxRuntime automatic */
import type { Handler } from "hono";
import type { ApiEnv } from "../api/http/context.ts";
import { Page } from "./page.tsx";
import { type AssetName, PAGE_ASSETS, versionOf } from "./page_assets.ts";
import { Reference } from "./reference.tsx";

/** The pages may load their own files, and talk to the server that they came from: nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = { "content-security-policy": POLICY, "cache-control": "no-cache" };

const FOREVER = "public, max-age=31536000, immutable";

/** `GET /`: the page to chat with the model. */
export function showPage(): Handler<ApiEnv> {
  return async (c) => {
    const [script, style] = await Promise.all([addressOf("page.js"), addressOf("page.css")]);
    const html = <Page script={script} style={style} />;
    return c.html(`<!doctype html>${html}`, 200, PAGE_HEADERS);
  };
}

/** `GET /docs`: the page that shows the description of the API. */
export function showReference(): Handler<ApiEnv> {
  return async (c) => {
    const html = <Reference script={await addressOf("reference.js")} />;
    return c.html(`<!doctype html>${html}`, 200, PAGE_HEADERS);
  };
}

/** `GET /assets/...`: a file of a page. Under the address that the page has for it, it never changes. */
export function serveAsset(name: AssetName): Handler<ApiEnv> {
  const { type, load } = PAGE_ASSETS[name];
  return async (c) => {
    const text = await load();
    const current = c.req.query("v") === await versionOf(text);
    return c.body(text, 200, {
      "content-type": `${type}; charset=utf-8`,
      "cache-control": current ? FOREVER : "no-cache",
    });
  };
}

async function addressOf(name: AssetName): Promise<string> {
  return `/assets/${name}?v=${await versionOf(await PAGE_ASSETS[name].load())}`;
}
