/** @jsxImportSource hono/jsx */
/** @jsxRuntime automatic */
import type { Handler } from "hono";
import type { ApiEnv } from "../api/http/context.ts";
import { Page } from "./page.tsx";
import { PAGE_ASSETS, versionOf } from "./page_assets.ts";

/** The page may load its own files, and talk to the server that it came from: nothing else. */
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

const FOREVER = "public, max-age=31536000, immutable";

/** `GET /`: the page to chat with the model. */
export function showPage(): Handler<ApiEnv> {
  return async (c) => {
    const html = <Page script={await addressOf("page.js")} style={await addressOf("page.css")} />;
    return c.html(`<!doctype html>${html}`, 200, {
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
    });
  };
}

/** `GET /assets/...`: a file of the page. Under the address that the page has for it, it never changes. */
export function serveAsset(name: keyof typeof PAGE_ASSETS): Handler<ApiEnv> {
  const { type, text } = PAGE_ASSETS[name];
  return async (c) => {
    const current = c.req.query("v") === await versionOf(text);
    return c.body(text, 200, {
      "content-type": `${type}; charset=utf-8`,
      "cache-control": current ? FOREVER : "no-cache",
    });
  };
}

async function addressOf(name: keyof typeof PAGE_ASSETS): Promise<string> {
  return `/assets/${name}?v=${await versionOf(PAGE_ASSETS[name].text)}`;
}
