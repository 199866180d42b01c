import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { bundlePath, BUNDLES, bundleScript } from "../../scripts/page.ts";
import { harness } from "../api/harness.ts";

/** Maximum compressed size of the page's script, in bytes. */
const MAX_BYTES = 120_000;

/** The size of a text after gzip, in bytes. */
async function compressed(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

/** The URL of a static file in the page's HTML. */
function assetOf(html: string, attribute: "src" | "href", name: string): string {
  const [, address] = new RegExp(`${attribute}="(/assets/${name}[^"]*)"`).exec(html) ?? [];
  assert.ok(address, html);
  return address;
}

describe("The page", () => {
  for (const name of BUNDLES) {
    it(`has an up-to-date bundle of ${name}`, async () => {
      const output = await Deno.makeTempFile({ suffix: ".js" });
      await bundleScript(name, output);
      const made = await Deno.readTextFile(output);
      await Deno.remove(output);
      const same = made === await Deno.readTextFile(bundlePath(name));
      assert.ok(same, `${bundlePath(name)} is not up to date: deno task page`);
    });
  }

  it("has a script of less than 120 KB", async () => {
    const bytes = await compressed(await Deno.readTextFile(bundlePath("page")));
    console.log(`the script has ${bytes} bytes, compressed`);
    assert.ok(bytes < MAX_BYTES, `${bytes} bytes`);
  });

  it("may load only its own files, and has no inline scripts or styles", async () => {
    const reply = await harness().app.request("/");
    const html = await reply.text();
    assert.match(html, /^<!doctype html><html lang="en">/);
    const policy = reply.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    for (const address of addresses) assert.match(address, /^(\/|data:image\/svg)/);
    assert.doesNotMatch(html, /<script[^>]*>[^<]|<style|style="|\son\w+="/);
  });

  it("has versioned URLs of its files, so that browsers may cache them", async () => {
    const { app } = harness();
    const html = await (await app.request("/")).text();
    for (
      const [attribute, name, type] of [
        ["src", "page.js", "text/javascript; charset=utf-8"],
        ["href", "page.css", "text/css; charset=utf-8"],
      ] as const
    ) {
      const address = assetOf(html, attribute, name);
      const reply = await app.request(address);
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get("content-type"), type);
      assert.match(reply.headers.get("cache-control") ?? "", /immutable/);
      assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
      await reply.body?.cancel();
      const old = await app.request(address.replace(/v=.*/, "v=0000"));
      assert.equal(old.headers.get("cache-control"), "no-cache");
      await old.body?.cancel();
    }
  });

  it("has compressed files for clients that accept them", async () => {
    const { app } = harness();
    for (const name of ["page.js", "page.css", "comparison.js"]) {
      const get = (accepted: string) =>
        app.request(`/assets/${name}`, { headers: { "accept-encoding": accepted } });
      const plain = await get("br, gzip;q=0");
      assert.equal(plain.headers.get("content-encoding"), null);
      const text = await plain.text();
      const reply = await get("gzip, deflate, br");
      assert.equal(reply.headers.get("content-encoding"), "gzip");
      assert.match(reply.headers.get("vary") ?? "", /accept-encoding/i);
      const bytes = await reply.bytes();
      assert.ok(bytes.length < text.length / 2, `${bytes.length} of ${text.length}`);
      const read = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      assert.equal(await new Response(read).text(), text);
    }
  });

  it("serves no other files", async () => {
    for (const name of ["page.ts", "..%2fpage.css", "constructor", "__proto__", ""]) {
      assert.equal((await harness().app.request(`/assets/${name}`)).status, 404, name);
    }
  });

  it("needs no key, although the API does", async () => {
    const { app } = harness({ keys: ["secret"] });
    const html = await (await app.request("/")).text();
    assert.equal((await app.request(assetOf(html, "src", "page.js"))).status, 200);
    assert.equal((await app.request("/v1/conversations")).status, 401);
  });
});
