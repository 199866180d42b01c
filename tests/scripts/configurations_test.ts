import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";

const ROOT = new URL("../../", import.meta.url);

const configSchema = z.object({
  imports: z.record(z.string(), z.string()),
  compilerOptions: z.unknown(),
  unstable: z.unknown(),
});
const lockSchema = z.object({
  specifiers: z.record(z.string(), z.string()),
  npm: z.record(z.string(), z.unknown()),
});

const read = async (path: string): Promise<unknown> => JSON.parse(await committed(path));

/**
 * A file as it was committed: Deno adds to lock files what is loaded while tests run. Where there is no repository, as it
 * is.
 */
async function committed(path: string): Promise<string> {
  const git = new Deno.Command("git", { args: ["show", `HEAD:${path}`], cwd: ROOT });
  const output = await git.output().catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  return output?.success
    ? new TextDecoder().decode(output.stdout)
    : await Deno.readTextFile(new URL(path, ROOT));
}

// Deno downloads all that a configuration and its lock file name, for every task.
describe("the configurations", () => {
  it("agree on every package that the server imports, and on how code is compiled", async () => {
    const { imports, ...server } = configSchema.parse(await read("deno.json"));
    const { imports: devImports, ...dev } = configSchema.parse(
      await read("tests/deno.json"),
    );
    for (const [name, specifier] of Object.entries(imports)) {
      assert.equal(devImports[name], specifier, name);
    }
    assert.deepEqual(server, dev);
  });

  it("lock no package for the server that it does not import itself", async () => {
    const { imports } = configSchema.parse(await read("deno.json"));
    const { specifiers } = lockSchema.parse(await read("deno.lock"));
    const named = Object.values(imports).filter((specifier) => specifier.startsWith("npm:"));
    assert.deepEqual(Object.keys(specifiers).sort(), named.sort());
  });

  it("lock onnxruntime-web for tests only, and onnxruntime-node for nobody", async () => {
    const { npm } = lockSchema.parse(await read("deno.lock"));
    const { npm: dev } = lockSchema.parse(await read("tests/deno.lock"));
    const runtimes = (packages: object) =>
      Object.keys(packages).filter((name) => /^onnxruntime-(web|node)@/.test(name));
    assert.deepEqual(runtimes(npm), []);
    assert.deepEqual(runtimes(dev).map((name) => name.split("@")[0]), [
      "onnxruntime-web",
    ]);
  });

  for (
    const [folder, config, others] of [
      ["src/", "deno.json", "src/ui/browser/"],
      // Bundled into one file, which is served as it is.
      ["src/ui/browser/", "src/ui/browser/deno.json", undefined],
    ] as const
  ) {
    it(`name every package that ${folder} imports at run time`, async () => {
      const { imports } = configSchema.pick({ imports: true }).parse(await read(config));
      const missing: string[] = [];
      for (const path of await sources(new URL(folder, ROOT))) {
        if (others !== undefined && path.href.startsWith(new URL(others, ROOT).href)) continue;
        const text = await Deno.readTextFile(path);
        for (
          const [, specifier] of text.matchAll(
            /^import (?!type )[^;]*?from "([@a-z][^"]*)";/gm,
          )
        ) {
          const named = Object.keys(imports).some((name) =>
            specifier === name || specifier!.startsWith(`${name}/`)
          );
          if (!named && !specifier!.startsWith("node:")) {
            missing.push(`${path.pathname}: ${specifier}`);
          }
        }
      }
      assert.deepEqual(missing, []);
    });
  }
});

async function sources(folder: URL): Promise<URL[]> {
  const found: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await sources(new URL(`${name}/`, folder)));
    else if (/\.tsx?$/.test(name) && !folder.pathname.includes("/kernels/")) {
      found.push(new URL(name, folder));
    }
  }
  return found;
}
