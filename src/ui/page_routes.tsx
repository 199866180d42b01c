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
  let addresses: Promise<[script: string, style: string]> | undefined;
  return async (c) => {
    addresses ??= Promise.all([addressOf("page.js"), addressOf("page.css")]);
    const [script, style] = await addresses;
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

/**
 * `GET /assets/...`: a static file, compressed if the client accepts that. Immutable under a URL with its current version.
 */
export function serveAsset(name: AssetName): Handler<ApiEnv> {
  const { type, load } = PAGE_ASSETS[name];
  let loading: Promise<LoadedAsset> | undefined;
  return async (c) => {
    loading ??= load().then(async (text) => ({
      text,
      version: await versionOf(text),
      gzip: await compress(text),
    }));
    const { text, version, gzip } = await loading;
    const compressed = /\bgzip\b(?!;q=0(?![.\d]))/.test(c.req.header("accept-encoding") ?? "");
    const headers = {
      "content-type": `${type}; charset=utf-8`,
      "cache-control": c.req.query("v") === version ? FOREVER : "no-cache",
      vary: "accept-encoding",
      ...compressed ? { "content-encoding": "gzip" } : {},
    };
    // Tells workerd that the body is compressed already. Other runtimes ignore it.
    const init: ResponseInit & { readonly encodeBody: "automatic" | "manual" } = {
      headers,
      encodeBody: compressed ? "manual" : "automatic",
    };
    return new Response(compressed ? gzip : text, init);
  };
}

/** A static file in the forms in which it is sent. */
interface LoadedAsset {
  readonly text: string;
  readonly version: string;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

async function compress(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function addressOf(name: AssetName): Promise<string> {
  return `/assets/${name}?v=${await versionOf(await PAGE_ASSETS[name].load())}`;
}
