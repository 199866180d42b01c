import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser } from "playwright-core";
import {
  answered,
  ask,
  CHROMIUM,
  conversationOf,
  lastAnswer,
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

/** Long answers, to interrupt them in the middle, with a fixed seed. */
const LONG = { seed: 7, min_tokens: 1500, max_output_tokens: 1500 };

const QUESTION = "Tell me a long story about a bird and a fish.";

describe("An answer on the page", {
  ignore: CHROMIUM === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
}, () => {
  let browser: Browser;
  let server: PageServer;
  /** The uninterrupted answer. */
  let whole: string;

  beforeAll(async () => {
    browser = await startBrowser();
    server = await PageServer.start();
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    whole = letters(await ask(page, QUESTION));
    assert.ok(whole.length > 300, whole);
  });

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it("continues after a reload", async () => {
    await using user = await User.start(browser, server, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    await say(page, QUESTION);
    for (let reload = 1; reload <= 3; reload++) {
      await underWay(page, 30 * reload);
      await page.reload();
    }
    assert.equal(letters(await answered(page)), whole);
    assert.equal(await page.locator(".message.user").count(), 1);
  });

  it("is not lost by a reload before the server has the question", async () => {
    await using user = await User.start(browser, server, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    let held = 0;
    await page.route("**/v1/responses", async (route) => {
      if (held++ > 0) await route.continue();
    });
    await say(page, QUESTION);
    await until(page, `location.hash !== ""`);
    while (held === 0) await page.waitForTimeout(10);
    await page.reload();
    assert.equal(letters(await answered(page)), whole);
    await page.reload();
    await answered(page);
    assert.equal(await page.locator(".message.user").count(), 1);
  });

  it("is shown in a second tab while it runs, to its end", async () => {
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    // Loaded first, since that may take longer than the answer.
    const second = await user.open();
    await say(page, QUESTION);
    await underWay(page);
    await second.goto(page.url());
    await underWay(second);
    assert.equal(letters(await answered(second)), whole);
    assert.equal(letters(await answered(page)), whole);
    // Messages of one tab appear in the other.
    await say(second, "Thank you!");
    await page.locator(".message.user").nth(1).waitFor();
    await answered(second);
    assert.equal(await answered(page), await lastAnswer(second));
  });

  it("continues after the server was killed", async () => {
    await using user = await User.start(browser, server, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    await say(page, QUESTION);
    await underWay(page, 60);
    await server.kill();
    await page.getByText("The server cannot be reached").waitFor();
    await server.restart();
    assert.equal(letters(await answered(page)), whole);
    assert.equal(await page.getByText("The server cannot be reached").isVisible(), false);
  });

  it("continues after the network was cut", async () => {
    using network = new Network(server.url);
    await using user = await User.start(browser, network, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    await say(page, QUESTION);
    for (let cut = 1; cut <= 3; cut++) {
      await underWay(page, 60 * cut);
      network.cut();
      await page.getByText("The server cannot be reached").waitFor();
      network.mend();
    }
    assert.equal(letters(await answered(page)), whole);
  });

  it("can be requested while the server is down", async () => {
    await using user = await User.start(browser, server, { sampling: LONG, expected: NETWORK });
    const page = await user.open();
    await page.getByLabel("Model", { exact: true }).waitFor();
    await server.kill();
    await say(page, QUESTION);
    await page.getByText("The server cannot be reached").waitFor();
    assert.equal(await page.locator(".said").innerText(), QUESTION);
    await server.restart();
    assert.equal(letters(await answered(page)), whole);
  });

  it("can be stopped, and another message sent at once", async () => {
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    await say(page, QUESTION);
    await underWay(page);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("stopped", { exact: true }).waitFor();
    const part = letters(await lastAnswer(page));
    assert.ok(part.length < whole.length && whole.startsWith(part), part);
    await ask(page, "Thank you!");
    assert.equal(await page.locator(".message.user").count(), 2);
    const answers = page.locator(".message.assistant .markdown");
    assert.equal(letters(await answers.first().innerText()), part);
    await page.reload();
    await answered(page);
    assert.equal(await page.locator(".message.user").count(), 2);
    assert.equal(letters(await answers.first().innerText()), part);
  });

  it("is stopped by another message", async () => {
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    await say(page, QUESTION);
    await underWay(page);
    await say(page, "Thank you!");
    await page.locator(".message.user").nth(1).waitFor();
    await answered(page);
    assert.equal(await page.locator(".message").count(), 4);
  });

  it("continues where it was stopped", async () => {
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    await say(page, QUESTION);
    await underWay(page);
    await page.keyboard.press("Escape");
    const again = page.getByRole("button", { name: "Continue" });
    await again.waitFor();
    const part = letters(await lastAnswer(page));
    await again.click();
    await page.locator(".message.running").waitFor();
    const text = letters(await answered(page));
    assert.equal(await page.locator(".message").count(), 2);
    // The text may differ from the uninterrupted answer: if it was stopped between two tokens of a word, the word is
    // tokenized differently when it continues.
    assert.ok(text.startsWith(part) && text.length > part.length, text);
  });

  it("is unaffected by a new chat in another tab", async () => {
    await using user = await User.start(browser, server, { sampling: LONG });
    const page = await user.open();
    await say(page, QUESTION);
    await underWay(page);
    const conversation = conversationOf(page);
    const other = await user.open();
    await other.getByRole("button", { name: "New chat" }).click();
    await ask(other, "Hi!");
    assert.notEqual(conversationOf(other), conversation);
    assert.equal(letters(await answered(page)), whole);
    assert.equal(conversationOf(page), conversation);
  });

  it("is possible after the server's model has changed", async () => {
    await using user = await User.start(browser, server, { expected: NETWORK });
    const page = await user.open();
    await ask(page, "My name is Sarah.");
    await server.kill();
    await server.restart({ TERN_MODEL: "tern-7m-rwkv4" });
    const answer = await ask(page, "What is my name?");
    assert.notEqual(answer, "");
    const model = page.getByLabel("Model", { exact: true });
    assert.equal(await model.inputValue(), "tern-7m-rwkv4");
    await server.kill();
    await server.restart();
    await page.reload();
    assert.equal(letters(await answered(page)), letters(answer));
  });
});
