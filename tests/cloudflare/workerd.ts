import assert from "node:assert/strict";
import { Miniflare } from "miniflare";
import { buildForCloudflare } from "../../scripts/cloudflare.ts";
import type { RunningServer } from "../http_suite/http_suite.ts";

/** What is deployed, built once for all tests of a process. */
const BUILT = Deno.makeTempDir();
let building: Promise<string> | undefined;

/** What wrangler.toml asks of the runtime. */
export async function workerdCompatibility() {
  const file = await Deno.readTextFile(new URL("../../wrangler.toml", import.meta.url));
  const value = (key: string): string =>
    new RegExp(`^${key} = (.+)$`, "m").exec(file)?.[1] ?? assert.fail(`wrangler.toml lacks ${key}`);
  const date: string = JSON.parse(value("compatibility_date"));
  const flags: string[] = JSON.parse(value("compatibility_flags"));
  return { compatibilityDate: date, compatibilityFlags: flags };
}

async function build(): Promise<string> {
  const out = await BUILT;
  await buildForCloudflare(out);
  return out;
}

/**
 * Starts what wrangler.toml deploys in Cloudflare's own runtime.
 *
 * @param persist the folder where Durable Objects are kept
 */
export async function startWorkerd(
  settings: Record<string, string>,
  persist: string,
): Promise<Miniflare> {
  const out = await (building ??= build());
  const program = `${out}/cloudflare`;
  return new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    modules: [
      // The first is the entry.
      { type: "ESModule", path: `${program}/index.js` },
      ...await scriptsIn(program),
      { type: "CompiledWasm", path: `${program}/kernels.wasm` },
    ],
    modulesRoot: program,
    ...await workerdCompatibility(),
    bindings: settings,
    durableObjects: { STORE: { className: "TernStore", useSQLite: true } },
    durableObjectsPersist: persist,
    serviceBindings: {
      ASSETS: async (request: { url: string }) => {
        const path = new URL(request.url).pathname.slice(1);
        const file = await Deno.readFile(`${out}/assets/${path}`).catch(() => null);
        // deno-lint-ignore no-explicit-any -- miniflare's Response is undici's, which Deno's equals
        return new Response(file, { status: file === null ? 404 : 200 }) as any;
      },
    },
  });
}

async function scriptsIn(program: string) {
  const names = await Array.fromAsync(Deno.readDir(program), ({ name }) => name);
  return names.filter((name) => name.endsWith(".js") && name !== "index.js")
    .map((name) => ({ type: "ESModule" as const, path: `${program}/${name}` }));
}

/** A server on workerd, for the suite over HTTP. */
export async function serveWorkerd(
  settings: Record<string, string>,
  persist?: string,
): Promise<RunningServer> {
  const data = persist ?? await Deno.makeTempDir();
  const workerd = await startWorkerd(settings, data);
  const url = (await workerd.ready).href.replace(/\/$/, "");
  return {
    url,
    async stop() {
      await workerd.dispose();
      await Deno.remove(data, { recursive: true });
    },
    async restart() {
      await workerd.dispose();
      return await serveWorkerd(settings, data);
    },
  };
}
