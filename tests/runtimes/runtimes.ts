import { fail } from "node:assert/strict";
import { Miniflare } from "miniflare";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { writeSafetensors } from "../../scripts/bench/write_safetensors.ts";
import { workerdCompatibility } from "../../scripts/deploy/run_workerd.ts";
import type { readHashes } from "./read_hashes.ts";

type Hashes = Awaited<ReturnType<typeof readHashes>>;

const ROOT = new URL("../../", import.meta.url).pathname;
const KERNELS = `${ROOT}src/engine/simd`;

/** Code in a runtime that is not Deno: it takes the kernels that the runtime has instructions for, and the model. */
const FASTEST = `
export async function run(read) {
  const [model, code, relaxed] = await Promise.all(
    ["model.safetensors", "kernels.wasm", "kernels_relaxed.wasm"].map(read));
  const kernels = new WebAssembly.Module(WebAssembly.validate(relaxed) ? relaxed : code);
  return await readHashes({ model, code, kernels });
}
`;

const NODE = `
import { readFile } from "node:fs/promises";
// What Node does not have yet.
Uint8Array.prototype.toHex ??= function () { return Buffer.from(this).toString("hex"); };
const { run } = await import("./fastest.js");
const folder = new URL("./", import.meta.url);
console.log(JSON.stringify(await run(async (file) => new Uint8Array(await readFile(new URL(file, folder))))));
`;

const WORKER = `
import { readHashes } from "./read_hashes.js";
import kernels from "./kernels.wasm";
export default {
  async fetch(_request, { FILES }) {
    const read = async (file) => new Uint8Array(await (await FILES.fetch("https://files.local/" + file)).arrayBuffer());
    const [model, code] = await Promise.all(["model.safetensors", "kernels.wasm"].map(read));
    return Response.json(await readHashes({ model, code, kernels }));
  },
};
`;

/**
 * Makes a folder with what a runtime needs: a model, the kernels, `read_hashes.ts` in one file of JavaScript, and entries.
 */
export async function makeFolder(model: Checkpoint): Promise<string> {
  const folder = await Deno.makeTempDir();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--config", `${ROOT}deno.json`, "--platform", "browser"],
      ...["--external", "node:*", "--output", `${folder}/read_hashes.js`],
      new URL("./read_hashes.ts", import.meta.url).pathname,
    ],
  }).output();
  if (!success) fail(new TextDecoder().decode(stderr));
  for (const file of ["kernels.wasm", "kernels_relaxed.wasm"]) {
    await Deno.copyFile(`${KERNELS}/${file}`, `${folder}/${file}`);
  }
  await writeSafetensors(model, `${folder}/model.safetensors`);
  const files = {
    "package.json": `{ "type": "module" }`,
    "fastest.js": `import { readHashes } from "./read_hashes.js";${FASTEST}`,
    "node.js": NODE,
    "worker.js": WORKER,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  return folder;
}

/** Node.js, whose V8 is another than Deno's. */
export async function inNode(command: string, folder: string): Promise<Hashes> {
  return JSON.parse(await output(command, [`${folder}/node.js`]));
}

/** What a command prints. The test fails with what it says of its failure. */
async function output(command: string, args: readonly string[]): Promise<string> {
  const env = { DENO_NO_UPDATE_CHECK: "1" };
  const run = await new Deno.Command(command, { args: [...args], env }).output();
  const decoder = new TextDecoder();
  if (!run.success) fail(decoder.decode(run.stderr));
  return decoder.decode(run.stdout);
}

/**
 * Deno on ARM64, whose vectors and relaxed instructions are others, in an emulator that runs programs of Linux. Debian's
 * `libc6-arm64-cross` and `libgcc-s1-arm64-cross` have the libraries that it needs.
 */
export async function inArm64(emulator: string, folder: string): Promise<Hashes> {
  const name = `@deno/linux-arm64-glibc@${Deno.version.deno}`;
  const packed = await output("npm", ["pack", name, "--silent", "--pack-destination", folder]);
  await output("tar", ["xzf", `${folder}/${packed.trim()}`, "-C", folder]);
  const deno = ["-L", "/usr/aarch64-linux-gnu", `${folder}/package/deno`];
  return JSON.parse(
    await output(emulator, [...deno, "run", "--no-lock", "-A", `${folder}/node.js`]),
  );
}

/** Cloudflare's runtime. */
export async function inWorkerd(folder: string): Promise<Hashes> {
  const workerd = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    modules: [
      { type: "ESModule", path: `${folder}/worker.js` },
      { type: "ESModule", path: `${folder}/read_hashes.js` },
      { type: "CompiledWasm", path: `${folder}/kernels.wasm` },
    ],
    modulesRoot: folder,
    ...await workerdCompatibility(),
    serviceBindings: {
      FILES: async (request: { url: string }) => {
        const file = await Deno.readFile(`${folder}${new URL(request.url).pathname}`);
        // deno-lint-ignore no-explicit-any -- miniflare's Response is undici's, which Deno's equals
        return new Response(file) as any;
      },
    },
  });
  try {
    const reply = await fetch((await workerd.ready).href);
    if (!reply.ok) fail(await reply.text());
    return await reply.json();
  } finally {
    await workerd.dispose();
  }
}

/** The first of these programs that there is. One that is not there is said to be skipped. */
export async function findProgram(
  what: string,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    try {
      if ((await new Deno.Command(name, { args: ["--version"] }).output()).success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  console.warn(`SKIPPED: there is no ${what}, so that it gives the same bits is not tested`);
  return undefined;
}
