import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  cycles,
  deadExports,
  forwardsOnly,
  type Module,
  percentile,
  readModules,
} from "../../scripts/layers/modules.ts";

/** Reads a repository of some files, by their paths. */
async function modulesOf(files: Readonly<Record<string, string>>): Promise<Map<string, Module>> {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path.replace(/[^/]+$/, "")}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    const modules = await readModules(new URL(`file://${root}/`), ["src/"]);
    return new Map(modules.map((module) => [module.path, module]));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

describe("readModules", () => {
  it("finds static, dynamic and side-effect imports, each once", async () => {
    const modules = await modulesOf({
      "src/a/one.ts": [
        'import { z } from "zod";',
        'import type { Two } from "../b/two.ts";',
        'import {\n  type Two as Second,\n  two,\n} from "../b/two.ts";',
        'import "./three.ts";',
        'export * from "./four.ts";',
        'const five = () => import("./five.ts");',
        'const six = new URL("./six.ts", import.meta.url);',
      ].join("\n"),
      "src/a/page.tsx": 'import x from "./one.ts";\n',
    });
    const { imports, specifiers, names } = modules.get("src/a/one.ts")!;
    assert.deepEqual(
      [...imports].sort(),
      ["src/a/five.ts", "src/a/four.ts", "src/a/six.ts", "src/a/three.ts", "src/b/two.ts"],
    );
    assert.equal(specifiers.length, 6);
    assert.deepEqual([...names.get("src/b/two.ts")!].sort(), ["Two", "two"]);
    assert.deepEqual([...modules.get("src/a/page.tsx")!.imports], ["src/a/one.ts"]);
  });
});

describe("cycles", () => {
  it("finds files that import each other, also through others and as types", async () => {
    const modules = await modulesOf({
      "src/a.ts": 'import type { B } from "./b.ts";\n',
      "src/b.ts": 'import { c } from "./c.ts";\n',
      "src/c.ts": 'import { a } from "./a.ts";\nimport { d } from "./d.ts";\n',
      "src/d.ts": 'import { e } from "./e.ts";\n',
      "src/e.ts": "export const e = 1;\n",
    });
    const found = cycles([...modules.values()]);
    assert.deepEqual(found.map((group) => group.toSorted()), [[
      "src/a.ts",
      "src/b.ts",
      "src/c.ts",
    ]]);
  });
});

describe("percentile", () => {
  it("is the nearest rank", () => {
    const numbers = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    assert.equal(percentile(numbers, 0.9), 9);
    assert.equal(percentile([...numbers, 11], 0.9), 10);
    assert.equal(percentile([3], 0.9), 3);
    assert.equal(percentile([], 0.9), 0);
  });
});

describe("forwardsOnly", () => {
  it("tells files that only pass on exports from those with code of their own", async () => {
    const modules = await modulesOf({
      "src/passes.ts": '/** All. */\nexport * from "./a.ts";\nexport { b } from "./b.ts";\n',
      "src/adds.ts": 'export * from "./a.ts";\nexport const more = 1;\n',
      "src/empty.ts": "// Nothing.\n",
    });
    const forwarding = [...modules.values()].filter(forwardsOnly).map(({ path }) => path);
    assert.deepEqual(forwarding, ["src/passes.ts"]);
  });
});

describe("deadExports", () => {
  it("finds exports that no other file imports", async () => {
    const modules = await modulesOf({
      "src/a.ts": [
        "export interface Options {}",
        "export interface Forgotten {}",
        "export class OwnError extends Error {}",
        "/**\n * ```ts\n * shown();\n * ```\n */\nexport function shown(options: Options) { throw new OwnError(); }",
        "export const inside = 1;",
        "const also = inside;",
        "export async function* lazy() {}",
        "export const used = 1;",
      ].join("\n"),
      "src/b.ts": 'import { used } from "./a.ts";\nconst { lazy } = await import("./a.ts");\n',
      "src/c.ts": "export const whole = 1;\n",
      "src/d.ts": 'import * as c from "./c.ts";\n',
    });
    const all = [...modules.values()];
    assert.deepEqual(deadExports(modules.get("src/a.ts")!, all), ["Forgotten", "inside"]);
    assert.deepEqual(deadExports(modules.get("src/c.ts")!, all), []);
  });
});
