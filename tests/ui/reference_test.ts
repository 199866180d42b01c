import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser } from "playwright-core";
import { CHROMIUM, startBrowser, User } from "./browser.ts";
import { PageServer } from "./page_server.ts";

describe("The page /docs", {
  ignore: CHROMIUM === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
}, () => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    browser = await startBrowser();
    server = await PageServer.start();
  });

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it("shows every operation, and loads nothing from other servers", async () => {
    await using user = await User.start(browser, server);
    const asked: string[] = [];
    user.context.on("request", (request) => asked.push(request.url()));
    const page = await user.open("/docs");
    await page.locator(".opblock").first().waitFor();
    const { paths } = await server.json("/openapi.json");
    const operations = Object.values(paths as object).flatMap((path: object) => Object.keys(path));
    assert.equal(await page.locator(".opblock").count(), operations.length);
    const foreign = asked.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"));
    assert.deepEqual(foreign, []);
  });

  it("runs an example", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open("/docs");
    const operation = page.locator("#operations-Responses-postResponses");
    await operation.locator(".opblock-summary").click();
    await operation.locator(".execute").click();
    const reply = operation.locator(".live-responses-table .response").first();
    await reply.waitFor();
    assert.match(await reply.innerText(), /200[^]*"object": "response"/);
  });
});
