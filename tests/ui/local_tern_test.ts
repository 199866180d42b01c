import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "playwright-core";
import {
  answered,
  ask,
  CHROMIUM,
  letters,
  NETWORK,
  say,
  startBrowser,
  underWay,
  until,
  User,
} from "./browser.ts";
import { Network } from "./network.ts";
import { PageServer } from "./page_server.ts";

/** Answers that are long enough to be moved in the middle, and reproducible. */
const LONG = { seed: 7, min_tokens: 1500, max_output_tokens: 1500 };

const FIRST = "My name is Sarah. Tell me a story about a bird.";
const SECOND = "Tell me another one, about a fish.";

/** Presses the button and waits until the conversation has moved. */
async function move(page: Page, label: "Take offline" | "Give back"): Promise<void> {
  const before = await page.evaluate("location.hash");
  await page.getByRole("button", { name: label }).click();
  await until(page, `location.hash !== ${JSON.stringify(before)}`);
}

describe("A conversation in the browser", {
  ignore: CHROMIUM === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
}, () => {
  let browser: Browser;
  let server: PageServer;
  /** The answers of a conversation that is not moved. */
  let expected: readonly [string, string];

  beforeAll(async () => {
    browser = await startBrowser();
    server = await PageServer.start();
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    expected = [letters(await ask(page, FIRST)), letters(await ask(page, SECOND))];
  });

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it("goes on in the middle of an answer while the network is cut, and is given back", async () => {
    using network = new Network(server.url);
    await using user = await User.start(browser, network, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    const before = await page.locator("#list li").count();
    await say(page, FIRST);
    await underWay(page, 30);
    await move(page, "Take offline");
    network.cut();
    assert.equal(letters(await answered(page)), expected[0]);
    assert.equal(letters(await ask(page, SECOND)), expected[1]);
    network.mend();
    await move(page, "Give back");
    await until(page, `document.querySelectorAll(".message.assistant").length === 2`);
    assert.equal(letters(await answered(page)), expected[1]);
    // It has replaced the server's copy.
    await until(page, `document.querySelectorAll("#list li").length === ${before + 1}`);
  });

  it("is there after a reload", async () => {
    await using user = await User.start(browser, server, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    await ask(page, FIRST);
    await move(page, "Take offline");
    await ask(page, SECOND);
    await page.waitForTimeout(3000);
    await page.reload();
    await page.getByText("This conversation is in your browser now").waitFor();
    assert.equal(letters(await answered(page)), expected[1]);
  });
});
