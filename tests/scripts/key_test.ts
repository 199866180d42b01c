import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { toKeyDigest } from "../../src/api/access/key_entry.ts";
import { apiKeys } from "../../src/settings/api_keys.ts";
import { runScript } from "./run_script.ts";

describe("deno task key", () => {
  it("makes another key each time, with the digest that the server takes", async () => {
    const keys = new Set<string>();
    const names = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const { code, stdout } = await runScript("key.ts", []);
      assert.equal(code, 0);
      const key = /sk-tern-[0-9a-f]{48}/.exec(stdout)?.[0] ?? "";
      const [, name, entry] = /TERN_API_KEYS=(tenant-[0-9a-f]{8})=(.*)/.exec(stdout) ?? [];
      assert.equal(entry, await toKeyDigest(key), stdout);
      keys.add(key);
      names.add(name!);
    }
    assert.equal(keys.size, 2);
    assert.equal(names.size, 2, "two keys are two tenants unless they are given one name");
  });

  it("gives a key the name of its tenant", async () => {
    const { code, stdout } = await runScript("key.ts", ["--name", "acme"]);
    assert.equal(code, 0);
    const entry = /TERN_API_KEYS=(.*)/.exec(stdout)?.[1] ?? "";
    assert.equal(apiKeys(entry)?.length, 1, stdout);
    assert(entry.startsWith("acme=sha256:"));
    for (const name of ["public", "a b", "a=b", "@a", ""]) {
      assert.equal((await runScript("key.ts", ["--name", name])).code, 2, name);
    }
  });

  it("gives the digest of a key that there is", async () => {
    const { code, stdout } = await runScript("key.ts", ["--digest"], "alpha\n");
    assert.equal(code, 0);
    assert.equal(
      stdout.trim(),
      "sha256:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8",
    );
  });

  it("refuses what no client could send, and a digest, which is no key", async () => {
    for (const input of ["two words", "", `sha256:${"0a".repeat(32)}`]) {
      const { code, stdout } = await runScript("key.ts", ["--digest"], input);
      assert.equal(code, 2, input);
      assert.equal(stdout, "");
    }
  });
});
