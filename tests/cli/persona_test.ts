import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { runTern } from "./run_tern.ts";

const MODELS = new URL("../../models/", import.meta.url).pathname;

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

describe("tern persona", () => {
  it("saves the state after a text, lists it, and replaces nothing unless it is told to", () =>
    withFolder(async (folder) => {
      const env = {
        TERN_PERSONAS: folder,
        TERN_MODELS: `${folder}/none`,
        TERN_MODEL: "tern-7m-rwkv4",
      };
      await Deno.writeTextFile(`${folder}/book.txt`, "A cat sat on a mat. ".repeat(30));
      const args = ["persona", "book", "--text", `${folder}/book.txt`];
      const saved = await runTern([...args, "--json"], { env });
      assert.equal(saved.code, 0, saved.stderr);
      const { model, path, tokens, bytes } = JSON.parse(saved.stdout);
      assert.equal(model, "tern-7m-rwkv4@book");
      assert.equal(path, `${folder}/tern-7m-rwkv4/book.safetensors`);
      assert.equal((await Deno.stat(path)).size, bytes);
      assert(tokens > 100);

      const listed = await runTern(["list", "--json"], { env });
      const personas = JSON.parse(listed.stdout)
        .filter(({ where }: { where: string }) => where === "persona");
      assert.deepEqual(personas.map(({ name }: { name: string }) => name), [model]);

      const again = await runTern(args, { env });
      assert.equal(again.code, 1);
      assert.match(again.stderr, /is there already: --force replaces it/);
      const forced = await runTern(["persona", "book", "--system", "Hi", "--force"], { env });
      assert.deepEqual([forced.code, forced.stdout], [0, "tern-7m-rwkv4@book\n"]);
      for await (const { name } of Deno.readDir(`${folder}/tern-7m-rwkv4`)) {
        assert.equal(name, "book.safetensors", "nothing is half-written");
      }
    }));

  const model = `${MODELS}tern-7m-rwkv4`;
  const unusable: [readonly string[], RegExp][] = [
    [["x"], /Give one of --system, --text and --response/],
    [["x", "--system", "a", "--response", "b"], /Give one of/],
    [["../x", "--system", "a"], /cannot be called/],
    [["x", "--system", "a", "--model", MODELS], /several models: name one of/],
    [["x", "--system", "a", "--role", "robot"], /Allowed choices are/],
  ];
  for (const [args, expected] of unusable) {
    it(`refuses arguments that cannot be used: ${args.join(" ").replace(MODELS, "MODELS")}`, async () => {
      const { code, stderr, stdout } = await runTern(["persona", ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
      assert.equal(stdout, "");
    });
  }

  it("says which response there is not, and which text", () =>
    withFolder(async (folder) => {
      const env = { TERN_DATA: folder, TERN_STORE: "sqlite", TERN_PERSONAS: folder };
      const ask = (...args: string[]) =>
        runTern(["persona", "x", "--model", model, ...args], { env });
      const response = await ask("--response", `resp_${"0".repeat(48)}`);
      assert.equal(response.code, 1);
      assert.match(response.stderr, /no response "resp_0/);
      const text = await ask("--text", `${folder}/none.txt`);
      assert.equal(text.code, 1);
      assert.match(text.stderr, /none\.txt/);
      for (const { stderr } of [response, text]) assert(!stderr.includes("    at "), stderr);
    }));
});
