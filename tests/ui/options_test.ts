import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page, Request } from "playwright-core";
import { THINKING_MODEL, writeThinkingModel } from "../thinking_model.ts";
import { answered, ask, CHROMIUM, conversationOf, startBrowser, until, User } from "./browser.ts";
import { PageServer } from "./page_server.ts";

const EMBEDDED = new URL("../../models/tern-7m", import.meta.url).pathname;

/** The next request for an answer. */
function nextRequest(page: Page): Promise<Request> {
  return page.waitForRequest((request) =>
    request.method() === "POST" && request.url().endsWith("/v1/responses")
  );
}

/** Opens the settings, and the part with functions and schemas. */
async function openSettings(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  const part = page.getByText("Functions and structured output");
  if (await page.getByLabel("Functions, as JSON").isHidden()) await part.click();
}

describe("The choices for answers", {
  ignore: CHROMIUM === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
}, () => {
  let browser: Browser;
  let server: PageServer;
  let thinking: string;

  beforeAll(async () => {
    thinking = await Deno.makeTempDir();
    await writeThinkingModel(thinking);
    browser = await startBrowser();
    server = await PageServer.start({ TERN_MODEL: `${EMBEDDED},${thinking}` });
  });

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await Deno.remove(thinking, { recursive: true });
  });

  it("include the model, which is kept", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    const menu = page.getByLabel("Model", { exact: true });
    await until(page, `document.querySelectorAll("#model option").length === 2`);
    await menu.selectOption(THINKING_MODEL);
    const [request] = await Promise.all([nextRequest(page), ask(page, "Hi!")]);
    assert.equal(request.postDataJSON().model, THINKING_MODEL);
    await page.reload();
    await until(page, `document.querySelector("#model").value === "${THINKING_MODEL}"`);
  });

  it("show personas as such", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.route("**/v1/models", async (route) => {
      const reply = await route.fetch();
      const list = await reply.json();
      list.data.push({ ...list.data[0], id: "tern-7m@pirate", root: "tern-7m" });
      await route.fulfill({ response: reply, json: list });
    });
    await page.reload();
    await page.getByLabel("Model", { exact: true }).selectOption({ label: "tern-7m as pirate" });
    await page.route(
      "**/v1/responses",
      (route) =>
        route.fulfill({ status: 400, json: { error: { message: "Stop here.", code: null } } }),
    );
    const [request] = await Promise.all([
      nextRequest(page),
      page.keyboard.press("Tab"),
      ask(page, "Hi!"),
    ]);
    assert.equal(request.postDataJSON().model, "tern-7m@pirate");
    user.problems.length = 0;
  });

  it("show thoughts folded while they are written, and answer with an effort", async () => {
    await using user = await User.start(browser, server, {
      // It thinks for about 150 tokens.
      sampling: { seed: 2, temperature: 1.6, top_p: 1, max_output_tokens: 300 },
    });
    const page = await user.open();
    await page.getByLabel("Model", { exact: true }).selectOption(THINKING_MODEL);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Thinking").selectOption("low");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Thinking: low" }).waitFor();
    // What was streamed is seen by the page alone, so that it records what it showed.
    await page.evaluate(`(() => {
      globalThis.titles = new Set();
      new MutationObserver(() => {
        for (const summary of document.querySelectorAll(".thought summary")) {
          titles.add(summary.textContent);
        }
      }).observe(document.querySelector("#messages"), { childList: true, subtree: true, characterData: true });
    })()`);
    const [request] = await Promise.all([
      nextRequest(page),
      page.locator(".thought").waitFor(),
      ask(page, "Tell me a long story about a bird."),
    ]);
    assert.deepEqual(request.postDataJSON().reasoning, { effort: "low" });
    assert.deepEqual(await page.evaluate("[...titles]"), ["Thinking…", "Thoughts"]);
    const thought = page.locator(".thought .said");
    assert.equal(await thought.isVisible(), false);
    await page.locator(".thought summary").click();
    const text = await thought.innerText();
    assert.notEqual(text, "");
    // It gets another version, under the answer.
    await page.getByRole("button", { name: "Answer again" }).click();
    await page.getByText("2/2").waitFor();
    await answered(page);
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("1/2").waitFor();
    await page.reload();
    await page.locator(".thought summary").first().waitFor();
  });

  it("include functions, whose calls are shown and whose results are entered", async () => {
    await using user = await User.start(browser, server, { sampling: { seed: 5 } });
    const page = await user.open();
    await openSettings(page);
    await page.getByLabel("Functions, as JSON").fill(`[{ "parameters": {} }]`);
    await page.getByRole("button", { name: "Save" }).click();
    assert.match(
      await page.getByLabel("Functions, as JSON").evaluate((box) =>
        (box as unknown as { validationMessage: string }).validationMessage
      ),
      /needs a "name"/,
    );
    await page.getByRole("button", { name: "Example functions" }).click();
    await page.getByLabel("The model must call one").check();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Functions: get_weather" }).waitFor();
    await page.getByLabel("Message", { exact: true }).fill("What is the weather in Paris?");
    const [request] = await Promise.all([nextRequest(page), page.keyboard.press("Enter")]);
    const { tools, tool_choice } = request.postDataJSON();
    assert.equal(tool_choice, "required");
    assert.deepEqual([tools.length, tools[0].type, tools[0].name], [1, "function", "get_weather"]);
    const result = page.getByLabel("Result of get_weather");
    await result.waitFor();
    assert.match(await page.locator(".message.call").innerText(), /get_weather[^]*"city": /);
    // A reload changes nothing, since the call is stored.
    await page.reload();
    await result.fill(`{"temperature": 21}`);
    const [next] = await Promise.all([
      nextRequest(page),
      page.getByRole("button", { name: "Send the result" }).click(),
    ]);
    assert.equal(next.postDataJSON().tool_choice, "auto");
    await answered(page);
    assert.match(await page.locator(".message.result").innerText(), /"temperature": 21/);
    assert.equal(await result.count(), 0);
    await page.getByRole("button", { name: "Answer again" }).last().click();
    await page.getByText("2/2").waitFor();
    await answered(page);
    assert.equal(await page.locator(".message.result").count(), 1);
    // A call can be made again as well.
    const { data } = await server.json(`/v1/conversations/${conversationOf(page)}/tree`);
    assert.equal((data as unknown[]).length, 3);
    await page.getByRole("button", { name: "Answer again" }).first().click();
    await result.waitFor();
    await page.getByText("2/2").waitFor();
  });

  it("include a schema, whose answers are shown as JSON", async () => {
    await using user = await User.start(browser, server, { sampling: { seed: 2 } });
    const page = await user.open();
    await openSettings(page);
    await page.getByRole("button", { name: "Example schema" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Answers as JSON" }).waitFor();
    await ask(page, "Tell me about Tom.");
    const text = await page.locator(".message.assistant .code pre").innerText();
    assert.deepEqual(Object.keys(JSON.parse(text)), ["name", "age"]);
    assert.match(text, /^\{\n {2}"name"/);
    await page.getByRole("button", { name: "Answers as JSON" }).click();
    await page.getByLabel("JSON Schema of answers").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    assert.equal(await page.locator("#options button").count(), 0);
  });

  it("stay when a conversation is forked, whose title is numbered", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await ask(page, "My name is Ada.");
    const before = conversationOf(page);
    for (
      const [of, title] of [["My name is Ada.", "My name is Ada. (2)"], [
        "My name is Ada. (2)",
        "My name is Ada. (3)",
      ]]
    ) {
      await page.getByRole("button", { name: `More for ${of}`, exact: true }).click();
      await page.getByRole("button", { name: "Fork" }).click();
      await until(page, `document.querySelector("#title").textContent === "${title}"`);
      await answered(page);
    }
    assert.notEqual(conversationOf(page), before);
    assert.match(await ask(page, "What is my name?"), /Ada/);
  });
});
