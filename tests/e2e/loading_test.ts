import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { writeSafetensors } from "../../scripts/bench/write_safetensors.ts";
import { EngineThread } from "../../src/engine/worker_thread.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

describe("a server that is still starting", () => {
  it("answers 503, and at /health that it is loading", async () => {
    // A store that takes connections and says nothing keeps the server from being ready.
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = freePort();
    const data = await Deno.makeTempDir();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--config", CONFIG, MAIN],
      env: {
        PORT: `${port}`,
        TERN_DATA: data,
        TERN_STORE: `redis://127.0.0.1:${silent.addr.port}`,
      },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const health = await untilAnswered(`http://127.0.0.1:${port}/health`);
      assert.equal(health.status, 503);
      assert.equal(health.headers.get("retry-after"), "1");
      const { status, percent } = await health.json();
      assert.equal(status, "loading");
      assert.ok(percent >= 0 && percent <= 100, percent);
      const models = await fetch(`http://127.0.0.1:${port}/v1/models`);
      assert.equal(models.status, 503);
      assert.equal((await models.json()).error.code, "model_loading");
    } finally {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(data, { recursive: true });
    }
  });
});

describe("EngineThread", () => {
  it("tells how much of a model is loaded", async () => {
    const folder = await Deno.makeTempDir();
    const thread = new EngineThread();
    try {
      const sizes = { V: 256, D: 512, F: 2048, H: 8, N: 64, dw: 64, da: 64, dv: 32, dg: 128 };
      const path = `${folder}/model.safetensors`;
      await writeSafetensors(new RandomCheckpoint({ version: "7", n_layer: 2, sizes }), path);
      const told: [number, number][] = [];
      thread.onLoading = (done, total) => told.push([done, total]);
      thread.load({ path, engine: "simd", threads: 1, weights: "int4" });
      await thread.loaded({ tokenizer: "byte", vocabulary: undefined });
      // A machine that loads this in less than the time between two reports tells nothing.
      for (const [i, [done, total]] of told.entries()) {
        assert.ok(done > (told[i - 1]?.[0] ?? 0) && done <= total);
      }
    } finally {
      await thread.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
});

async function untilAnswered(url: string): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // nobody listens yet
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
