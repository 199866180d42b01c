/**
 * Takes pictures of the web page in Chromium, for a desktop and a phone, in light and dark colours, and prints the time to
 * the first paint and the size of the script. `deno task pictures [FOLDER]`; the default folder is docs/images.
 *
 * Needs Chromium in the `PATH`.
 *
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";
import { startServer } from "./start_server.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const BROWSERS = ["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"];

const DEVICES = {
  desktop: { viewport: { width: 1360, height: 860 } },
  phone: {
    ...{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    deviceScaleFactor: 2,
  },
} as const;

/** The number of page loads whose first paint is measured. */
const LOADS = 9;

/** The median time of a first paint must be below this, in milliseconds, and the compressed script below this size. */
const GOALS = { paint: 200, script: 120_000 } as const;

async function findBrowser(): Promise<string> {
  for (const name of BROWSERS) {
    for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
      const file = await Deno.stat(`${folder}/${name}`).catch(() => undefined);
      if (file?.isFile) return `${folder}/${name}`;
    }
  }
  throw new Error(`None of these is in the PATH: ${BROWSERS.join(", ")}`);
}

async function ask(page: Page, text: string): Promise<void> {
  const count = await page.locator(".message.user").count();
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
  await page.locator(".message.user").nth(count).waitFor();
  await page.locator(".message.assistant:last-child:not(.running)").waitFor();
}

/** Pictures of the welcome, a conversation, its inspector and the settings. */
async function takePictures(
  browser: Browser,
  url: string,
  save: (page: Page, name: string) => Promise<void>,
  device: keyof typeof DEVICES,
  colorScheme: "light" | "dark",
): Promise<void> {
  const context = await browser.newContext({ ...DEVICES[device], colorScheme });
  try {
    await context.addInitScript(() => {
      const sampling = JSON.stringify({ sampling: { seed: 1, temperature: 0.7 } });
      localStorage.getItem("tern.preferences") ??
        localStorage.setItem("tern.preferences", sampling);
    });
    const page = await context.newPage();
    await page.goto(url);
    const shoot = (name: string) => save(page, `${device}-${colorScheme}-${name}`);
    await page.locator("#model option").first().waitFor({ state: "attached" });
    await shoot("welcome");
    const wide = device === "desktop";
    if (wide) await page.getByRole("button", { name: "Inspector" }).click();
    await ask(page, "My name is Sarah, and I have a cat called Tom.");
    await ask(page, "Tell me a short story about a bird and a fish.");
    await ask(page, "What is the name of my cat?");
    await page.waitForTimeout(1_000);
    await shoot("conversation");
    if (!wide) await page.getByRole("button", { name: "Inspector" }).click();
    await page.getByText("How fast it forgets").click();
    await page.getByRole("img", { name: /Half-lives/ }).waitFor();
    await shoot("inspector");
    await page.getByText("RWKV beside a Transformer, live").click();
    await page.getByRole("button", { name: "Run the comparison" }).click();
    await page.getByText(/for 4,096 tokens/).waitFor({ timeout: 300_000 });
    await page.locator("#inspector .numbers").last().scrollIntoViewIfNeeded();
    await shoot("comparison");
    await page.locator("#inspector-close").click();
    if (!wide) await page.locator("#menu").click();
    if (!wide) await shoot("list");
    await page.getByRole("button", { name: "Settings" }).click();
    await shoot("settings");
  } finally {
    await context.close();
  }
}

/** The median time to the first paint, in milliseconds, each with an empty cache. */
async function firstPaint(browser: Browser, url: string): Promise<number> {
  const times: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const context = await browser.newContext({ viewport: DEVICES.desktop.viewport });
    const page = await context.newPage();
    await page.goto(url);
    const entry = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null`;
    let time: unknown = null;
    while ((time = await page.evaluate(entry)) === null) await page.waitForTimeout(10);
    times.push(Number(time));
    await context.close();
  }
  return times.toSorted((a, b) => a - b)[Math.floor(LOADS / 2)]!;
}

async function compressedSize(path: string): Promise<number> {
  const { body } = await fetch(new URL(path, import.meta.url));
  return (await new Response(body!.pipeThrough(new CompressionStream("gzip"))).bytes()).length;
}

const [folder = `${ROOT}docs/images`] = Deno.args;
await Deno.mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: await findBrowser(),
  args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server"],
});
try {
  await using server = await startServer({ model: `${ROOT}models/tern-7m`, store: "memory" });
  const paint = await firstPaint(browser, server.url);
  const script = await compressedSize("../src/ui/page.min.js");
  console.log(
    `First paint: ${Math.round(paint)} ms, the median of ${LOADS} (goal: ${GOALS.paint})`,
  );
  console.log(`Script: ${script} bytes compressed (goal: ${GOALS.script})`);
  const save = async (page: Page, name: string) => {
    await page.screenshot({ path: `${folder}/${name}.png` });
  };
  for (const device of ["desktop", "phone"] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      await takePictures(browser, server.url, save, device, colorScheme);
    }
  }
} finally {
  await browser.close();
}
