import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";

const SRC = new URL("../../src/", import.meta.url);

const graphSchema = z.object({
  roots: z.tuple([z.string()]),
  modules: z.array(z.object({
    specifier: z.string(),
    dependencies: z.array(z.object({
      code: z.object({ specifier: z.string().optional() }).optional(),
      isDynamic: z.boolean().optional(),
    })).optional(),
  })),
});

/** All that is loaded before the first line of a module of src/ runs. */
async function loadedBefore(path: string): Promise<Set<string>> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL(path, SRC).pathname],
    stderr: "inherit",
  }).output();
  assert.ok(success);
  const { roots: [root], modules } = graphSchema.parse(
    JSON.parse(new TextDecoder().decode(stdout)),
  );
  const imports = new Map(modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.flatMap(({ code, isDynamic }) => isDynamic ? [] : code?.specifier ?? []),
  ]));
  assert.ok(imports.has(root));
  const loaded = new Set<string>();
  const waiting: string[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    waiting.push(...imports.get(next) ?? []);
  }
  return loaded;
}

describe("what a cold start waits for", () => {
  it("is no package until the engine's thread has been started", async () => {
    const loaded = await loadedBefore("main.ts");
    assert.ok(loaded.size > 5, `${loaded.size} modules`);
    assert.deepEqual([...loaded].filter((name) => !name.startsWith("file:")), []);
  });

  it("is neither zod nor onnxruntime in the engine's thread", async () => {
    for (const path of ["engine/worker_main.ts", "engine/simd/simd_engine.ts"]) {
      const loaded = await loadedBefore(path);
      assert.ok(loaded.size > 5, `${loaded.size} modules`);
      assert.deepEqual([...loaded].filter((name) => /zod|onnxruntime/.test(name)), []);
    }
  });
});
