import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { findOfficialModel, OFFICIAL_MODELS, similarNames } from "../../src/cli/official_models.ts";
import { runTern } from "./run_tern.ts";

const EMBEDDED = new URL("../../models/tern-7m/model.safetensors", import.meta.url).pathname;

describe("tern list", () => {
  it("lists embedded, pulled and published models", async () => {
    const models = await Deno.makeTempDir();
    try {
      await Deno.copyFile(EMBEDDED, `${models}/rwkv7-g1d-0.1b.pth`);
      await Deno.writeTextFile(`${models}/other.pth.part`, "not finished");
      const env = { TERN_MODELS: models };
      const { code, stdout } = await runTern(["list"], { env });
      assert.equal(code, 0);
      assert.match(stdout, /^tern-7m +embedded +14\.7 MB$/m);
      assert.match(stdout, /^rwkv7-g1d-0\.1b +pulled +14\.7 MB$/m);
      assert.match(stdout, /^rwkv7-g1d-0\.4b +official +902 MB +2026-02-10$/m);
      assert.doesNotMatch(stdout, /other/);

      const json = await runTern(["list", "0.1B", "--json"], { env });
      const listed: { name: string; where: string }[] = JSON.parse(json.stdout);
      assert.ok(listed.every(({ name }) => /0\.1b/i.test(name)));
      assert.equal(listed.filter(({ name }) => name === "rwkv7-g1d-0.1b").length, 1);
    } finally {
      await Deno.remove(models, { recursive: true });
    }
  });
});

describe("official models", () => {
  it("have names of their own, sizes, digests and addresses of files", () => {
    const names = new Set(OFFICIAL_MODELS.map(({ name }) => name.toLowerCase()));
    assert.equal(names.size, OFFICIAL_MODELS.length);
    for (const { name, file, bytes, sha256, url } of OFFICIAL_MODELS) {
      assert.match(name, /^[^/\\]+$/);
      assert.ok(bytes > 1e8, name);
      assert.match(sha256, /^[0-9a-f]{64}$/);
      const { protocol, pathname, search } = new URL(url);
      assert.equal(protocol, "https:");
      assert.match(pathname, /\/resolve\/(main|master)\//);
      assert.equal(decodeURIComponent(pathname.split("/").at(-1)!), file);
      assert.equal(search, "");
    }
  });

  it("are found by name or file, in any case", () => {
    const file = "rwkv7-g1d-0.1b-20260129-ctx8192.pth";
    for (const name of ["rwkv7-g1d-0.1b", "RWKV7-G1D-0.1B", file, file.slice(0, -4)]) {
      assert.equal(findOfficialModel(name)?.file, file, name);
    }
    assert.equal(findOfficialModel("rwkv7-g1d"), undefined);
    assert.ok(similarNames("rwkv7-g1d-0.1").includes("rwkv7-g1d-0.1b"));
    assert.deepEqual(similarNames("llama-3"), []);
  });
});
