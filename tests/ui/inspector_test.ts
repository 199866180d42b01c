import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "playwright-core";
import { answered, ask, CHROMIUM, lastAnswer, say, startBrowser, until, User } from "./browser.ts";
import { PageServer } from "./page_server.ts";

/** The value of a figure in the inspector. */
async function figure(page: Page, name: string): Promise<string> {
  const term = page.getByRole("term").getByText(name, { exact: true });
  return await page.locator(".figures div").filter({ has: term }).locator("dd").innerText();
}

describe("The inspector", {
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

  it("makes no requests while it is closed", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(`${request.url()} ${request.postData()}`));
    await ask(page, "Hi!");
    await ask(page, "My name is Sarah.");
    assert.deepEqual(asked.filter((request) => /state|logprobs|tokenize|look/.test(request)), []);
    assert.equal(await page.locator("#inspector").isVisible(), false);
  });

  it("compares the text with the state, which does not grow", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.getByRole("button", { name: "Inspector" }).click();
    const states = new Set<string>();
    const tokens: number[] = [];
    for (const text of ["Hello! How are you?", "Tell me a story about an owl.", "Thank you!"]) {
      await ask(page, text);
      const before = tokens.at(-1) ?? 0;
      const shown = `document.querySelectorAll(".figures dd")[2]?.textContent.replaceAll(",", "")`;
      await until(page, `Number(${shown}) > ${before}`);
      tokens.push(Number((await figure(page, "Tokens in the state")).replaceAll(",", "")));
      states.add(await figure(page, "State"));
    }
    assert.deepEqual([...states], ["406 KB"]);
    const [, here, all] = /^(\d+) instead of (\d+)$/.exec(await figure(page, "Total read")) ?? [];
    assert.ok(Number(here) < Number(all), `${here} of ${all}`);
    const map = page.getByRole("img", { name: /Size of the state in 6 layers of 4 heads/ });
    await map.waitFor();
    // The drawing has several colours.
    const colours = await page.evaluate(`(() => {
      const canvas = document.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 4).join());
      return colours.size;
    })()`);
    assert.ok(Number(colours) > 5, `${colours} colours`);
  });

  it("shows how sure the model was, and branches at a token", async () => {
    await using user = await User.start(browser, server, { sampling: { temperature: 0 } });
    const page = await user.open();
    await page.getByRole("button", { name: "Inspector" }).click();
    const answer = await ask(page, "What is your name?");
    const tokens = page.locator(".token");
    await until(page, `document.querySelectorAll(".token").length > 2`);
    const text = (await tokens.allInnerTexts()).join("").replaceAll("·", " ").trim();
    assert.equal(text.replaceAll("↵", "\n"), answer);
    await tokens.first().click();
    const options = page.locator(".alternatives li");
    assert.equal(await options.count(), 5);
    assert.equal(await options.filter({ hasText: "(taken)" }).count(), 1);
    const button = options.getByRole("button").first();
    const [, other] = /^·?(.*) [<\d]/.exec(await button.innerText()) ?? [];
    await button.click();
    await page.getByText("2/2").waitFor();
    await answered(page);
    assert.ok((await lastAnswer(page)).startsWith(other!), other);
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("1/2").waitFor();
    assert.equal(await lastAnswer(page), answer);
    // Branches can also be selected in the tree.
    await page.locator(".branch:not(.on)").click();
    await page.getByText("2/2").waitFor();
  });

  it("shows the prompt as the model reads it", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.getByRole("button", { name: "Inspector" }).click();
    await ask(page, "Hi there");
    await page.getByText("The prompt, token by token").click();
    const prompt = page.locator("details .tokens");
    await prompt.waitFor();
    assert.match(await prompt.innerText(), /^User:.*Hi.*there.*Assistant:/s);
  });

  it("shows the half-lives of each layer, and loads them only while they are expanded", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    const looks: string[] = [];
    page.on("request", (request) => {
      const body = request.url().endsWith("/v1/look") ? request.postData() : null;
      // Drawings of the state request only the last token.
      if (body?.includes('"last":128')) looks.push(body);
    });
    await page.getByRole("button", { name: "Inspector" }).click();
    await ask(page, "Hello! How are you?");
    assert.deepEqual(looks, []);
    await page.getByText("How fast it forgets").click();
    await page.getByRole("img", { name: /Half-lives of the channels of 6 layers/ }).waitFor();
    assert.equal(await page.locator(".log-chart polyline").count(), 6);
    const rows = page.locator("table.numbers tbody tr");
    assert.equal(await rows.count(), 6);
    const cells = await rows.first().locator("td").allInnerTexts();
    const [fast, median, slow] = cells.map((cell) => Number(cell.replaceAll(",", "")));
    assert.ok(1 <= fast! && fast! <= median! && median! <= slow!, cells.join());
    assert.equal(looks.length, 1);
    const again = page.waitForRequest((request) =>
      request.postData()?.includes('"last":128') === true
    );
    await ask(page, "Thank you!");
    await again;
    assert.match(looks[1]!, /Thank you!/);
  });

  it("draws the state of an answer while it is written", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.getByRole("button", { name: "Inspector" }).click();
    await say(page, "Tell me a long story about a bird and a fish.");
    await page.locator(".message.running").waitFor();
    // It is the first answer, so there is no stored state to draw.
    await page.getByRole("img", { name: /Size of the state/ }).waitFor();
    await answered(page);
  });

  it("stays open after a reload", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await ask(page, "Hi!");
    await page.getByRole("button", { name: "Inspector" }).click();
    await page.reload();
    await answered(page);
    await page.getByRole("img", { name: /Size of the state/ }).waitFor();
    assert.equal(await page.getByText("No probabilities for the last answer").isVisible(), true);
    await page.locator("#inspector-close").click();
    await page.reload();
    await answered(page);
    assert.equal(await page.locator("#inspector").isVisible(), false);
  });
});
