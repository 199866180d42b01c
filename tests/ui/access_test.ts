import assert from "node:assert/strict";
import axe, { type AxeResults } from "axe-core";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "playwright-core";
import { answered, ask, CHROMIUM, say, startBrowser, underWay, User } from "./browser.ts";
import { PageServer } from "./page_server.ts";

/** An answer with every kind of Markdown element. */
const ANSWER =
  "A **list**:\n- one\n- two\n```js\nlet x = 1; // y\n```\n| a | b |\n|-|-|\n| 1 | 2 |";

/** Serious accessibility problems that axe finds on the page. */
async function problemsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join()}`);
}

describe("The page is usable", {
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

  for (const colorScheme of ["light", "dark"] as const) {
    for (
      const [device, options] of [
        ["a desktop", { viewport: { width: 1400, height: 900 } }],
        ["a phone", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
      ] as const
    ) {
      it(`on ${device} in ${colorScheme} colours`, async () => {
        await using user = await User.start(browser, server, { ...options, colorScheme });
        const page = await user.open();
        const check = async (what: string) => {
          assert.deepEqual(await problemsOf(page), [], what);
          const [width, most] = await page.evaluate(
            "[document.documentElement.scrollWidth, innerWidth]",
          ) as [number, number];
          assert.ok(width <= most, `${what}: ${width} pixels wide`);
        };
        await check("welcome");
        const items = [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWER }];
        const { id } = await server.json("/v1/conversations", { items });
        await page.goto(`${server.url}#${id}`);
        await answered(page);
        await ask(page, "Thank you!");
        await page.getByRole("button", { name: "Answer again" }).last().click();
        await page.getByText("2/2").waitFor();
        await answered(page);
        await check("conversation");
        await page.getByRole("button", { name: "Edit" }).last().click();
        await check("editing");
        await page.keyboard.press("Escape");
        if (device === "a phone") await page.locator("#menu").click();
        await check("list");
        await page.getByRole("button", { name: "Settings" }).click();
        await page.getByText("Keyboard shortcuts").click();
        await page.getByText("Functions and structured output").click();
        await page.getByRole("button", { name: "Example functions" }).click();
        await page.getByLabel("The model must call one").check();
        await check("settings");
        await page.getByRole("button", { name: "Save" }).click();
        await page.keyboard.press("Escape");
        await say(page, "What is the weather?");
        await page.getByLabel("Result of get_weather").waitFor();
        await check("a call of a function");
        await page.getByRole("button", { name: "Inspector" }).click();
        await page.getByText("The prompt, token by token").click();
        await page.locator("details .tokens").waitFor();
        await check("inspector");
        await page.getByText("RWKV beside a Transformer, live").click();
        await page.getByRole("button", { name: "Run the comparison" }).click();
        await page.getByRole("img", { name: /Memory for the text/ }).waitFor();
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByText(/for [0-9,]+ tokens\./).waitFor();
        await check("comparison");
      });
    }
  }

  it("without animations if the user prefers reduced motion", async () => {
    await using user = await User.start(browser, server, {
      reducedMotion: "reduce",
      sampling: { min_tokens: 1500, max_output_tokens: 1500 },
    });
    const page = await user.open();
    await say(page, "Tell me a story.");
    await underWay(page);
    const running = `document.getAnimations({ subtree: true }).length`;
    assert.equal(await page.evaluate(running), 0);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("stopped", { exact: true }).waitFor();
  });

  it("with screen readers, which announce the start and end of an answer", async () => {
    await using user = await User.start(browser, server, {
      sampling: { min_tokens: 1500, max_output_tokens: 1500 },
    });
    const page = await user.open();
    await say(page, "Tell me a story.");
    const status = page.locator("#status");
    await status.getByText("Tern is answering.").waitFor({ state: "attached" });
    await answered(page);
    await status.getByText("The answer is complete.").waitFor({ state: "attached" });
    assert.equal(await page.locator("[aria-live='polite'] .markdown").count(), 0);
  });

  it("after a first paint, whose time it prints", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.reload();
    const paint = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null`;
    while (await page.evaluate(paint) === null) await page.waitForTimeout(20);
    console.log(`first paint after ${Math.round(Number(await page.evaluate(paint)))} ms`);
  });
});
