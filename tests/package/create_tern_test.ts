import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createTern } from "../../src/mod.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { testHttpApi } from "../http_suite/http_suite.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;

testHttpApi("createTern, mounted by its fetch", async (settings) => {
  const store = new MemoryStore();
  const over = async () => {
    const tern = await createTern({ model: MODEL, store, settings });
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, tern.app.fetch);
    const end = async () => {
      const stopped = server.shutdown();
      await tern.close();
      await stopped;
    };
    return {
      url: `http://127.0.0.1:${server.addr.port}`,
      stop: end,
      async restart() {
        await end();
        return await over();
      },
    };
  };
  return await over();
});

describe("createTern", () => {
  it("refuses settings that are wrong, and a model that is not there", async () => {
    const settings = { TERN_THREADS: "many" };
    await assert.rejects(createTern({ model: MODEL, store: "memory", settings }), {
      name: "ConfigError",
    });
    await assert.rejects(createTern({ model: "/nowhere", store: "memory" }), {
      name: "ModelFolderError",
    });
  });
});
