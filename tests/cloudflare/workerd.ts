import type { Miniflare } from "miniflare";
import { buildForCloudflare } from "../../scripts/cloudflare.ts";
import { runWorkerd } from "../../scripts/deploy/run_workerd.ts";
import type { RunningServer } from "../http_suite/http_suite.ts";

/** What is deployed, built once for all tests of a process. */
const BUILT = Deno.makeTempDir();
let building: Promise<string> | undefined;

async function build(): Promise<string> {
  const out = await BUILT;
  await buildForCloudflare(out);
  return out;
}

/** The folder of what is deployed. */
export function builtWorker(): Promise<string> {
  return building ??= build();
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
  return await runWorkerd(await builtWorker(), { settings, persist });
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
