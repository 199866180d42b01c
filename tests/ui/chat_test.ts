import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "playwright-core";
import { keyDigests } from "../key_digests.ts";
import {
  answered,
  ask,
  CHROMIUM,
  conversationOf,
  lastAnswer,
  letters,
  NETWORK,
  newChat,
  say,
  startBrowser,
  underWay,
  until,
  User,
} from "./browser.ts";
import { PageServer } from "./page_server.ts";

/** An answer with Markdown elements and with HTML that must not take effect. */
const MARKDOWN = `# Title

Some **bold** text, a [link](https://example.com), a [bad link](javascript:alert(1)).

| a | b |
| - | - |
| 1 | 2 |

- [x] done

\`\`\`python
def f(x):
    return "<b>" + x
\`\`\`

<img src=x onerror="alert(1)"> <script>alert(2)</script> <style>body { display: none }</style>
<iframe src="https://example.com"></iframe> <form action="https://example.com"><button>Go</button></form>
<p style="position: fixed" onclick="alert(3)" id="text">styled</p>
![pixel](https://example.com/pixel.png)`;

/** An item of the API. */
interface StoredItem {
  readonly content: readonly { readonly text: string }[];
}

/** Runs an action from the menu of a conversation in the list. */
async function choose(page: Page, title: string, action: string): Promise<void> {
  await page.getByRole("button", { name: `More for ${title}` }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: action, exact: true }).click();
}

describe("The page in a browser", {
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

  it("shows Markdown without running or loading anything that a model writes", async () => {
    const items = [{ role: "user", content: "Hi" }, { role: "assistant", content: MARKDOWN }];
    const { id } = await server.json("/v1/conversations", { items });
    await using user = await User.start(browser, server);
    const page = await user.open();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("dialog", () => user.problems.push("a script of the answer was run"));
    await page.goto(`${server.url}#${id}`);
    await page.reload();
    const answer = page.locator(".markdown");
    await answer.getByRole("heading", { name: "Title" }).waitFor();
    assert.equal(await answer.locator("strong").innerText(), "bold");
    assert.equal(await answer.locator("td").first().innerText(), "1");
    assert.equal(await answer.getByRole("checkbox").isChecked(), true);
    const link = answer.getByRole("link", { name: "link", exact: true });
    assert.equal(await link.getAttribute("href"), "https://example.com");
    assert.match(await link.getAttribute("rel") ?? "", /noopener/);
    assert.equal(await answer.locator("a[href^='javascript']").count(), 0);
    assert.equal(
      await answer.locator("img, script, style, iframe, form, [style], [id]").count(),
      0,
    );
    assert.equal(await answer.locator(".hljs-keyword").first().innerText(), "def");
    assert.deepEqual(asked.filter((url) => !url.startsWith(server.url)), []);
  });

  it("copies code and answers", async () => {
    const items = [{ role: "assistant", content: MARKDOWN }];
    const { id } = await server.json("/v1/conversations", { items });
    await using user = await User.start(browser, server, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await user.open(`/#${id}`);
    await page.locator(".code").getByRole("button", { name: "Copy" }).click();
    const clipboard = () => page.evaluate("navigator.clipboard.readText()");
    assert.equal(await clipboard(), `def f(x):\n    return "<b>" + x`);
    await page.locator(".foot").getByRole("button", { name: "Copy" }).click();
    await page.locator(".foot").getByRole("button", { name: "Copied" }).waitFor();
    const { data } = await server.json(`/v1/conversations/${id}/items`);
    assert.deepEqual(await clipboard(), (data as StoredItem[])[0]!.content[0]!.text);
  });

  it("regenerates an answer, and switches between the versions", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    const first = await ask(page, "Tell me a story about a dog.");
    await page.getByRole("button", { name: "Answer again" }).click();
    await page.getByText("2/2").waitFor();
    const second = await answered(page);
    assert.notEqual(second, first);
    assert.equal(await page.locator(".message").count(), 2);
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("1/2").waitFor();
    assert.equal(await lastAnswer(page), first);
    // The next message continues the displayed answer.
    await ask(page, "Thank you!");
    await page.reload();
    await answered(page);
    assert.equal(await page.locator(".message.assistant .markdown").first().innerText(), first);
    await page.getByRole("button", { name: "Next version" }).click();
    await page.getByText("2/2").waitFor();
    assert.equal(await lastAnswer(page), second);
    assert.equal(await page.locator(".message").count(), 2);
  });

  it("edits a message as a branch", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await ask(page, "My name is Sarah.");
    await ask(page, "What is my name?");
    await page.getByRole("button", { name: "Edit" }).first().click();
    await page.getByLabel("Edit your message").fill("My name is Tom.");
    await page.keyboard.press("Enter");
    await page.getByText("2/2").waitFor();
    await answered(page);
    assert.equal(await page.locator(".message").count(), 2);
    assert.match(await ask(page, "What is my name?"), /Tom/);
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("1/2").waitFor();
    assert.match(await lastAnswer(page), /Sarah/);
    // Cancelling changes nothing.
    await page.getByRole("button", { name: "Edit" }).first().click();
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".said").first().innerText(), "My name is Sarah.");
  });

  it("keeps a stopped answer as a version when regenerating it", async () => {
    await using user = await User.start(browser, server, {
      sampling: { min_tokens: 1500, max_output_tokens: 1500 },
    });
    const page = await user.open();
    await say(page, "Tell me a story about a cow.");
    await underWay(page);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("stopped", { exact: true }).waitFor();
    const part = await lastAnswer(page);
    await page.getByRole("button", { name: "Answer again" }).click();
    await page.getByText("2/2").waitFor();
    await answered(page);
    assert.equal(await page.locator(".message").count(), 2);
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("1/2").waitFor();
    assert.equal(letters(await lastAnswer(page)), letters(part));
  });

  it("continues an answer that was cut off by its limit", async () => {
    await using user = await User.start(browser, server, { sampling: { max_output_tokens: 6 } });
    const page = await user.open();
    const part = await ask(page, "Tell me a story about a horse.");
    await page.getByText("cut off by the limit").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("cut off by the limit").waitFor({ state: "detached" });
    await answered(page);
    assert.ok((await lastAnswer(page)).length > part.length);
    assert.ok((await lastAnswer(page)).startsWith(part));
    assert.equal(await page.locator(".message").count(), 2);
    await page.reload();
    assert.ok((await answered(page)).length > part.length);
    assert.equal(await page.locator(".message").count(), 2);
  });

  it("lists, finds, renames, pins and deletes conversations", async () => {
    await using user = await User.start(browser, server, { expected: NETWORK });
    const page = await user.open();
    const list = page.locator("#list");
    await ask(page, "Let us talk about zebras.");
    await list.getByRole("link", { name: "Let us talk about zebras." }).waitFor();
    await newChat(page);
    await ask(page, "Let us talk about ants.");
    await list.getByRole("link", { name: "Let us talk about ants." }).waitFor();

    await choose(page, "Let us talk about zebras.", "Rename");
    await page.getByLabel("Title").fill("Striped horses");
    await page.keyboard.press("Enter");
    await list.getByRole("link", { name: "Striped horses" }).waitFor();
    assert.match(await list.getByRole("link").first().innerText(), /ants/);
    await choose(page, "Striped horses", "Pin");
    await list.locator("li").first().getByRole("link", { name: "Striped horses" }).waitFor();

    await page.keyboard.press("Control+k");
    await page.keyboard.type("striped");
    await until(page, `document.querySelectorAll("#list a").length === 1`);
    await list.getByRole("link", { name: "Striped horses" }).click();
    await answered(page);
    await page.getByLabel("Search conversations").fill("");
    await until(page, `document.querySelectorAll("#list a").length > 1`);
    assert.equal(await page.locator("#title").innerText(), "Striped horses");

    // Another tab that shows it is notified of the deletion.
    const other = await user.open(`/#${conversationOf(page)}`);
    await answered(other);
    await choose(page, "Striped horses", "Delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await list.getByRole("link", { name: "Striped horses" }).waitFor({ state: "detached" });
    for (const tab of [page, other]) {
      await tab.getByRole("heading", { name: "A memory of constant size" }).waitFor();
    }
  });

  it("exports a conversation, and imports it by drag and drop", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await ask(page, "My name is Wilhelmina.");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      choose(page, "My name is Wilhelmina.", "Export"),
    ]);
    assert.equal(download.suggestedFilename(), "My-name-is-Wilhelmina-.tern");
    const file = await Deno.readFile(await download.path());
    const before = conversationOf(page);

    await using stranger = await User.start(browser, server);
    const other = await stranger.open();
    const transfer = await other.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array([${file.join()}])], "talk.tern"));
      return transfer;
    })()`);
    await other.dispatchEvent("body", "dragover", { dataTransfer: transfer });
    await other.getByText("Drop an exported conversation").waitFor();
    await other.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await answered(other);
    assert.notEqual(conversationOf(other), before);
    assert.equal(await other.locator(".said").innerText(), "My name is Wilhelmina.");
    await ask(other, "Thank you!");
    assert.equal(await page.locator(".message").count(), 2);
  });

  it("reads a text file and shows the progress", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    const text = "The code of the day is marmalade. It rained, and the bird sat in the tree.\n"
      .repeat(1_600);
    await page.setInputFiles("#file", {
      name: "book.txt",
      mimeType: "text/plain",
      buffer: Buffer.from(text),
    });
    await page.getByText("Reading “book.txt”").waitFor();
    const bar = "document.querySelector('progress')";
    await until(page, `${bar}.value > 0 && ${bar}.value < ${bar}.max`);
    await page.getByText("was read into the memory").waitFor({ timeout: 120_000 });
    assert.match(await page.locator(".message.file").innerText(), /book\.txt[^]*120 KB/);
    assert.equal(await page.locator("progress").isVisible(), false);
    await ask(page, "Thank you!");
    await page.reload();
    await answered(page);
    assert.match(await page.locator(".message.file").innerText(), /book\.txt/);
  });

  it("says that it reads a long message, before the answer begins", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await say(page, `${"It rained all day. ".repeat(1_500)}What did it do?`);
    await page.locator(".message.running").getByText("Reading…").waitFor();
    await page.locator(".message.assistant:last-child:not(.running)").waitFor({ timeout: 120_000 });
    assert.equal(await page.getByText("Reading…").count(), 0);
  });

  it("rejects a file that is not text", async () => {
    await using user = await User.start(browser, server, { expected: NETWORK });
    const page = await user.open();
    await page.setInputFiles("#file", {
      name: "picture.txt",
      mimeType: "text/plain",
      buffer: Buffer.from([72, 105, 255, 254, 0]),
    });
    await page.getByText("not valid UTF-8 at byte 2").waitFor();
    await page.locator("#problem").getByRole("button", { name: "Close" }).click();
  });

  it("uses the chosen system prompt and sampling", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("System prompt of this conversation").fill("You are a pirate.");
    await page.getByLabel("Temperature").fill("0");
    await page.getByLabel("Maximum answer length").fill("5");
    await page.getByRole("button", { name: "Save" }).click();
    const [request] = await Promise.all([
      page.waitForRequest((request) =>
        request.method() === "POST" && request.url().endsWith("/v1/responses")
      ),
      ask(page, "Hi!"),
    ]);
    const { instructions, temperature, max_output_tokens, ...others } = request.postDataJSON();
    assert.deepEqual(
      { instructions, temperature, max_output_tokens },
      { instructions: "You are a pirate.", temperature: 0, max_output_tokens: 5 },
    );
    assert.equal("include" in others, false);
    // The system prompt is stored with the conversation.
    await page.reload();
    await answered(page);
    await page.getByRole("button", { name: "Settings" }).click();
    const prompt = page.getByLabel("System prompt of this conversation");
    assert.equal(await prompt.inputValue(), "You are a pirate.");
    await page.keyboard.press("Escape");
    await newChat(page);
    await page.getByRole("button", { name: "Settings" }).click();
    assert.equal(await prompt.inputValue(), "");
  });

  it("saves drafts", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await ask(page, "Hi!");
    const box = page.getByLabel("Message", { exact: true });
    await box.fill("half a thou");
    await page.reload();
    assert.equal(await box.inputValue(), "half a thou");
    await newChat(page);
    assert.equal(await box.inputValue(), "");
    await page.goBack();
    await until(page, `location.hash !== ""`);
    assert.equal(await box.inputValue(), "half a thou");
  });

  it("can be used with the keyboard alone", async () => {
    await using user = await User.start(browser, server);
    const page = await user.open();
    await page.keyboard.type("Hello");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("there");
    await page.keyboard.press("Enter");
    await answered(page);
    assert.equal(await page.locator(".said").innerText(), "Hello\nthere");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Hi!");
    await page.keyboard.press("Enter");
    await page.getByText("2/2").waitFor();
    await answered(page);
    await page.keyboard.press("Control+i");
    await page.getByRole("heading", { name: "Inspector" }).waitFor();
    await page.keyboard.press("Control+i");
    await page.keyboard.press("Control+Shift+O");
    await page.getByRole("heading", { name: "A memory of constant size" }).waitFor();
    // Everything clickable is reachable.
    const missing = new Set([
      ...["new", "search", "import", "settings", "inspect", "attach", "text", "log"],
    ]);
    for (let step = 0; step < 100 && missing.size > 0; step++) {
      await page.keyboard.press("Tab");
      missing.delete(await page.evaluate("document.activeElement.id"));
    }
    assert.deepEqual([...missing], []);
  });

  it("shows why an answer failed, and retries", async () => {
    await using user = await User.start(browser, server, { expected: NETWORK });
    const page = await user.open();
    await page.route("**/v1/responses", (route) =>
      route.fulfill({
        status: 429,
        json: { error: { message: "Rate limit reached.", code: "rate_limit_exceeded" } },
      }), { times: 1 });
    await say(page, "Hi!");
    await page.getByText("Rate limit reached.").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".message.assistant.done").waitFor();
    assert.equal(await page.locator(".message").count(), 2);
  });
});

describe("The page of a server with keys", {
  ignore: CHROMIUM === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
}, () => {
  it("asks for a key in a form, and again if it is wrong", async () => {
    const [digest] = keyDigests("right-key");
    await using server = await PageServer.start({ TERN_API_KEYS: digest! });
    const browser = await startBrowser();
    try {
      await using user = await User.start(browser, server, { expected: NETWORK });
      const page = await user.open();
      const key = page.getByRole("dialog").getByLabel("Key");
      assert.equal(await key.getAttribute("type"), "password");
      await key.fill("wrong-key");
      await page.keyboard.press("Enter");
      await page.getByText("does not accept the key").waitFor();
      await key.fill("right-key");
      await page.keyboard.press("Enter");
      await ask(page, "Hi!");
      await page.reload();
      await answered(page);
      assert.equal(await page.getByRole("dialog").count(), 0);
    } finally {
      await browser.close();
    }
  });
});
