import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { TextLineStream } from "@std/streams/text-line-stream";
import { runTern, spawnTern } from "./run_tern.ts";

const EMBEDDED = new URL("../../models/tern-7m-rwkv4/", import.meta.url).pathname;

describe("tern run", () => {
  it("serves a model from the folder of pulled ones by name, and stops with 0", async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.copyFile(`${EMBEDDED}model.safetensors`, `${folder}/small.safetensors`);
      await Deno.copyFile(`${EMBEDDED}vocab.txt`, `${folder}/vocab.txt`);
      const env = { TERN_MODELS: folder, TERN_DATA: folder, PORT: "1" };
      const child = spawnTern(["run", "small", "--port", "0", "--store", "memory"], { env });
      const lines = child.stdout.pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream());
      let listening: { url: string; model: string } | undefined;
      for await (const line of lines.values({ preventCancel: true })) {
        const entry = JSON.parse(line);
        if (entry.message !== "listening") continue;
        listening = entry;
        break;
      }
      assert.ok(listening !== undefined);
      assert.equal(listening.model, "small");
      const models = await (await fetch(`${listening.url}/v1/models`)).json();
      assert.equal(models.data[0].id, "small");
      child.kill("SIGTERM");
      await child.stdin.close();
      await lines.cancel();
      await child.stderr.cancel();
      assert.equal((await child.status).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("says what keeps it from starting", async () => {
    const { code, stderr } = await runTern(["run", "./nothing", "--port", "0"]);
    assert.equal(code, 1);
    assert.match(stderr, /Tern cannot start\. \.\/nothing: there is no such file or folder/);
    const port = await runTern(["run", "--port", "70000"]);
    assert.equal(port.code, 1);
    assert.match(port.stderr, /PORT is "70000"/);
  });
});
