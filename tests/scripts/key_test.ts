import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { toKeyDigest } from "../../src/api/key_entry.ts";
import { runScript } from "./run_script.ts";

describe("deno task key", () => {
  it("makes another key each time, with the digest that the server takes", async () => {
    const keys = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const { code, stdout } = await runScript("key.ts", []);
      assert.equal(code, 0);
      const key = /sk-tern-[0-9a-f]{48}/.exec(stdout)?.[0] ?? "";
      assert(stdout.includes(`TERN_API_KEYS=${await toKeyDigest(key)}`), stdout);
      keys.add(key);
    }
    assert.equal(keys.size, 2);
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
