import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";

const ROOT = new URL("../../", import.meta.url);

describe("docs/reliability.md", () => {
  it("names tests that exist", async () => {
    const page = await Deno.readTextFile(new URL("docs/reliability.md", ROOT));
    const rows = [...page.matchAll(/^\|[^|]+\| `(tests\/[^`]+)` +\| `([^`]+)`/gm)];
    assert.ok(rows.length > 15, `${rows.length} rows`);
    for (const [, path, name] of rows) {
      const file = await Deno.readTextFile(new URL(path!, ROOT));
      const tests = [...file.matchAll(/\b(?:it|test)\(\s*(["`])(.*?)\1/gs)].map(([, , told]) =>
        told!
      );
      assert.ok(tests.some((told) => told.includes(name!)), `${path} has no test "${name}"`);
    }
  });
});
