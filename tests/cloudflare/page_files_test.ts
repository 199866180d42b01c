import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { serveWorkerd } from "./workerd.ts";

describe("The page on workerd", { sanitizeOps: false, sanitizeResources: false }, () => {
  it("has files that are compressed once", async () => {
    const server = await serveWorkerd({});
    try {
      const html = await (await fetch(server.url)).text();
      const [, path] = /src="(\/assets\/page\.js[^"]*)"/.exec(html) ?? [];
      assert.ok(path, html);
      // fetch asks for gzip, and decompresses the reply.
      const script = await (await fetch(server.url + path)).text();
      const source = new URL("../../src/ui/page.min.js", import.meta.url);
      assert.ok(script === await Deno.readTextFile(source), `${script.length} characters`);
    } finally {
      await server.stop();
    }
  });
});
