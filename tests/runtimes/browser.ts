import { fail } from "node:assert/strict";
import type { readHashes } from "./read_hashes.ts";

type Hashes = Awaited<ReturnType<typeof readHashes>>;

/** What Debian and others call the browser. The first is the smallest: it has no windows. */
export const BROWSERS = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
];

/** What takes longer has gone wrong: a run takes a few seconds. */
const PATIENCE_MS = 120_000;

/** Nothing is fetched from anywhere but the test, and nothing of the user's own browser is touched. */
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--no-proxy-server", "--enable-logging=stderr"],
  "--remote-debugging-port=0", // which keeps it from leaving when the page is there
];

const PAGE = `<!doctype html><script type="module" src="browser.js"></script>`;

const SCRIPT = `
let result;
try {
  const { run } = await import("./fastest.js");
  result = { hashes: await run(async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer())) };
} catch (error) {
  result = { problem: String(error.stack) };
}
await fetch("result", { method: "POST", body: JSON.stringify(result) });
`;

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  wasm: "application/wasm",
  safetensors: "application/octet-stream",
};

/**
 * A page in Chromium, which reports to the server that it came from.
 *
 * @param command one of {@linkcode BROWSERS}
 * @param folder what `makeFolder` made
 */
export async function inBrowser(command: string, folder: string): Promise<Hashes> {
  const result = Promise.withResolvers<{ hashes: Hashes } | { problem: string }>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname;
    if (path === "/") return new Response(PAGE, { headers: { "content-type": "text/html" } });
    if (path === "/browser.js") return file(SCRIPT, path);
    if (path === "/result") {
      result.resolve(await request.json());
      return new Response(null, { status: 204 });
    }
    if (path === "/favicon.ico") return new Response(null, { status: 404 });
    return file(await Deno.readFile(`${folder}${path}`), path);
  });
  const profile = await Deno.makeTempDir();
  const browser = new Deno.Command(command, {
    args: [...FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${server.addr.port}/`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // A group of its own: the command may be a script that starts the browser, and that starts others.
    detached: true,
  }).spawn();
  const said = new Response(browser.stderr).text();
  const timer = setTimeout(() => {
    result.resolve({ problem: `the page has said nothing for ${PATIENCE_MS} ms` });
  }, PATIENCE_MS);
  browser.status.then(({ code }) => result.resolve({ problem: `${command} ended with ${code}` }));
  let found: Awaited<typeof result.promise>;
  try {
    found = await result.promise;
  } finally {
    clearTimeout(timer);
    killGroup(browser.pid);
    await browser.status;
    await server.shutdown();
  }
  const log = await said;
  await Deno.remove(profile, { recursive: true });
  if ("problem" in found) fail(`${found.problem}\n${log}`);
  return found.hashes;
}

function file(body: string | Uint8Array<ArrayBuffer>, path: string): Response {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/plain";
  return new Response(body, { headers: { "content-type": type } });
}

/** Ends a process and all that it has started. */
function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
