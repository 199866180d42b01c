import { Miniflare } from "miniflare";
import { z } from "zod";

/** How {@linkcode runWorkerd} runs what was built. */
export interface RunWorkerdOptions {
  /** Variables of the worker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The folder where Durable Objects are kept. */
  readonly persist: string;
  /** The text of the entry. @default what was built */
  readonly entry?: string;
}

const value = z.string();
const WRANGLER = new URL("../../wrangler.toml", import.meta.url);

/** What wrangler.toml asks of the runtime. */
export async function workerdCompatibility() {
  const file = await Deno.readTextFile(WRANGLER);
  const read = <T>(key: string, schema: z.ZodType<T>): T => {
    const text = value.parse(new RegExp(`^${key} = (.+)$`, "m").exec(file)?.[1]);
    return schema.parse(JSON.parse(text));
  };
  return {
    compatibilityDate: read("compatibility_date", z.string()),
    compatibilityFlags: read("compatibility_flags", z.array(z.string())),
  };
}

/**
 * Runs what {@linkcode buildForCloudflare} built in workerd, Cloudflare's own runtime, as wrangler.toml would deploy it.
 *
 * @param built the folder that it was built in
 */
export async function runWorkerd(
  built: string,
  { settings = {}, persist, entry }: RunWorkerdOptions,
): Promise<Miniflare> {
  const program = `${built}/cloudflare`;
  const path = `${program}/index.js`;
  return new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    modules: [
      // The first is the entry.
      { type: "ESModule", path, ...entry === undefined ? {} : { contents: entry } },
      ...await modulesIn(program),
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
        const file = await Deno.readFile(`${built}/assets/${path}`).catch(() => null);
        // deno-lint-ignore no-explicit-any -- miniflare's Response is undici's, which Deno's equals
        return new Response(file, { status: file === null ? 404 : 200 }) as any;
      },
    },
  });
}

async function modulesIn(program: string) {
  const names = await Array.fromAsync(Deno.readDir(program), ({ name }) => name);
  return names.filter((name) => /\.(js|txt)$/.test(name) && name !== "index.js").map((name) => ({
    type: name.endsWith(".js") ? "ESModule" as const : "Text" as const,
    path: `${program}/${name}`,
  }));
}
