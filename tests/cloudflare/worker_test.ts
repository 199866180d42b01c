import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { toKeyDigest } from "../../src/api/access/key_entry.ts";
import { SocketClient } from "../http_suite/socket_client.ts";
import { testHttpApi } from "../http_suite/http_suite.ts";
import { serveWorkerd } from "./workerd.ts";

testHttpApi("src/worker.ts on workerd", (settings) => serveWorkerd(settings));

describe("a WebSocket of the worker", () => {
  it("is not silent while nothing is asked", async () => {
    const server = await serveWorkerd({
      TERN_API_KEYS: await toKeyDigest("alpha"),
      TERN_HEARTBEAT_MS: "100",
    });
    try {
      const socket = await SocketClient.open(server.url, "alpha");
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(await socket.any(), { type: "tern.keep_alive" });
      }
      await socket.close();
    } finally {
      await server.stop();
    }
  });
});
