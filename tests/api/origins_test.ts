import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { allowsOrigin, isOriginPattern } from "../../src/api/access/origins.ts";
import { harness } from "./harness.ts";

/** A pattern, what it allows, and what it does not. */
const PATTERNS = [
  ["https://app.example", ["https://app.example"], [
    "http://app.example",
    "https://app.example:8443",
    "https://app.example.evil",
    "https://evil.app.example",
    "null",
  ]],
  ["app://obsidian.md", ["app://obsidian.md"], ["app://obsidian.md.evil", "https://obsidian.md"]],
  ["tauri://localhost", ["tauri://localhost"], ["http://localhost"]],
  ["file://", ["file://"], ["null", "file://x"]],
  ["null", ["null"], ["file://", "https://null", ""]],
  ["chrome-extension://abcdefghijklmnop", ["chrome-extension://abcdefghijklmnop"], [
    "chrome-extension://bbcdefghijklmnop",
    "moz-extension://abcdefghijklmnop",
  ]],
  ["chrome-extension://*", ["chrome-extension://abcdefghijklmnop"], [
    "https://abcdefghijklmnop",
    "chrome-extension://",
  ]],
  ["vscode-webview://*", ["vscode-webview://0a1b2c"], ["https://vscode-webview"]],
  ["https://*.app.example", ["https://a.app.example", "https://a.b.app.example"], [
    "https://app.example",
    "https://evilapp.example",
    "https://a.app.example:8443",
    "https://a.app.example.evil",
    "http://a.app.example",
    "https://evil/.app.example",
    "https://evil?.app.example",
    "https://evil#.app.example",
    "https://evil@x.app.example",
  ]],
  ["https://*.app.example:8443", ["https://a.app.example:8443"], ["https://a.app.example"]],
  ["http://localhost:*", ["http://localhost:3000", "http://localhost"], [
    "http://localhost.evil:3000",
    "https://localhost:3000",
    "http://127.0.0.1:3000",
  ]],
  ["http://[::1]:*", ["http://[::1]:5173"], ["http://[::2]:5173"]],
] as const;

describe("a pattern of origins", () => {
  for (const [pattern, allowed, others] of PATTERNS) {
    it(`${pattern} allows what it says and no more`, () => {
      assert(isOriginPattern(pattern));
      for (const origin of allowed) assert(allowsOrigin([pattern], origin), origin);
      for (const origin of others) assert(!allowsOrigin([pattern], origin), origin);
    });
  }

  it("is none where it would stand for pages of anybody, or could never match", () => {
    for (
      const text of [
        "https://*",
        "http://*:*",
        "https://*.com",
        "https://*.*.example",
        "https://a*.example",
        "https://app.example:*",
        "https://app.example/",
        "https://app.example/a",
        "https://APP.example",
        "https://app.example:443",
        "https://user@app.example",
        "app://obsidian.md/",
        "chrome-extension://",
        "*://app.example",
        "app.example",
        "",
      ]
    ) assert(!isOriginPattern(text), text);
  });

  it("is what replies to browsers go by", async () => {
    const { app } = harness({ corsOrigins: ["app://obsidian.md", "https://*.app.example"] });
    const allowed = async (origin: string) => {
      const reply = await app.request("/v1/models", { headers: { origin } });
      assert.match(reply.headers.get("vary") ?? "", /Origin/);
      return reply.headers.get("access-control-allow-origin");
    };
    for (const origin of ["app://obsidian.md", "https://a.app.example"]) {
      assert.equal(await allowed(origin), origin);
    }
    for (const origin of ["null", "https://app.example", "app://other"]) {
      assert.equal(await allowed(origin), null);
    }
  });
});
