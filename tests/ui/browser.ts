import assert from "node:assert/strict";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { BROWSERS } from "../runtimes/browser.ts";

/** The path of Chromium, if it is installed. */
export const CHROMIUM = await findChromium();

async function findChromium(): Promise<string | undefined> {
  for (const name of BROWSERS) {
    for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
      const path = `${folder}/${name}`;
      const found = await Deno.stat(path).catch(() => undefined);
      if (found?.isFile) return path;
    }
  }
  console.warn("SKIPPED: Chromium is missing, so the web page is not tested in a browser");
  return undefined;
}

/** Starts Chromium. */
export async function startBrowser(): Promise<Browser> {
  assert.ok(CHROMIUM);
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"];
  return await chromium.launch({ executablePath: CHROMIUM, args });
}

/** Timeout of a wait. */
const PATIENCE_MS = 30_000;

/** Console errors of a page while the network is cut or a request is refused. */
export const NETWORK = /^Failed to load resource|net::ERR_/;

/** A user with a separate browser context and storage. */
export class User {
  readonly problems: string[] = [];
  readonly #server: { readonly url: string };
  readonly #expected: RegExp | undefined;

  private constructor(
    readonly context: Awaited<ReturnType<Browser["newContext"]>>,
    server: { readonly url: string },
    expected: RegExp | undefined,
  ) {
    this.#server = server;
    this.#expected = expected;
  }

  /**
   * @param expected console errors to ignore
   */
  static async start(
    browser: Browser,
    server: { readonly url: string },
    { expected, sampling, ...options }: BrowserContextOptions & {
      readonly expected?: RegExp;
      /** Sampling fields of all requests. */
      readonly sampling?: Readonly<Record<string, number>>;
    } = {},
  ): Promise<User> {
    const context = await browser.newContext({ acceptDownloads: true, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    if (sampling !== undefined) {
      await context.addInitScript((sampling) => {
        localStorage.getItem("tern.preferences") ??
          localStorage.setItem("tern.preferences", JSON.stringify({ sampling }));
      }, sampling);
    }
    return new User(context, server, expected);
  }

  /** Opens the page in a new tab. */
  async open(path = "/"): Promise<Page> {
    const page = await this.context.newPage();
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !this.#expected?.test(text)) this.problems.push(text);
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    await page.goto(new URL(path, this.#server.url).href);
    return page;
  }

  /** Closes all tabs. @throws {assert.AssertionError} if there were script or console errors */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    // Printed, since a failure of the test hides this one.
    for (const problem of this.problems) console.error(problem);
    assert.deepEqual(this.problems, []);
  }
}

/** Sends a message without waiting for the answer. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

/** Waits until no answer is running. Returns the last one. */
export async function answered(page: Page): Promise<string> {
  await page.locator(".message.assistant:last-child:not(.running)").waitFor();
  return await lastAnswer(page);
}

/** Sends a message and returns the answer. */
export async function ask(page: Page, text: string): Promise<string> {
  const before = await page.locator(".message.user").count();
  await say(page, text);
  await page.locator(".message.user").nth(before).waitFor();
  return await answered(page);
}

/** Starts a new conversation, and waits until the previous one is hidden. */
export async function newChat(page: Page): Promise<void> {
  await page.getByRole("button", { name: "New chat" }).click();
  await page.getByRole("heading", { name: "A memory of constant size" }).waitFor();
}

/** The displayed text of the last answer. */
export async function lastAnswer(page: Page): Promise<string> {
  return await page.locator(".message.assistant .markdown").last().innerText();
}

/**
 * Waits until a JavaScript expression is true in a page. (Playwright's `waitForFunction` requires a content security
 * policy that allows `eval`.)
 *
 * @throws {assert.AssertionError} on timeout
 */
export async function until(page: Page, expression: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  // Evaluation fails while the page is loading.
  while (await page.evaluate(expression).catch(() => false) !== true) {
    assert.ok(performance.now() < deadline, `never true: ${expression}`);
    await page.waitForTimeout(20);
  }
}

/** Waits until the running answer has at least `letters` characters. */
export async function underWay(page: Page, letters = 20): Promise<void> {
  const text = `document.querySelector(".message.running .markdown")?.textContent ?? ""`;
  await until(page, `(${text}).length >= ${letters}`);
}

/** The letters and digits of a text, since Markdown changes white space. */
export function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, "");
}

/** The id of the conversation that a tab shows. */
export function conversationOf(page: Page): string {
  const id = new URL(page.url()).hash.slice(1);
  assert.match(id, /^conv_/);
  return id;
}
