/** @jsxImportSource hono/jsx */
/** @jsxRuntime automatic */
import type { Handler } from "hono";
import type { ApiEnv } from "../api/http/context.ts";
import { Page } from "./page.tsx";
import { type AssetName, PAGE_ASSETS, versionOf } from "./page_assets.ts";
import { Reference } from "./reference.tsx";

/** The content security policy: pages may only load their own files and connect to their own server. */
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

/**
 * `GET /`: the page to chat with the model.
 *
 * @param sharesModel whether conversations can be taken offline
 */
export function showPage(sharesModel: boolean): Handler<ApiEnv> {
  return async (c) => {
    const [script, style] = await Promise.all([addressOf("page.js"), addressOf("page.css")]);
    const html = <Page script={script} style={style} sharesModel={sharesModel} />;
    return c.html(`<!doctype html>${html}`, 200, PAGE_HEADERS);
  };
}

/** `GET /docs`: the API reference. */
export function showReference(): Handler<ApiEnv> {
  return async (c) => {
    const html = <Reference script={await addressOf("reference.js")} />;
    return c.html(`<!doctype html>${html}`, 200, PAGE_HEADERS);
  };
}

/** `GET /assets/...`: a static file. Immutable under a URL with its current version. */
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
