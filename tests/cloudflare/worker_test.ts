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

describe("a worker with a wrong setting", () => {
  it("answers 503 with a sentence for the operator, and keeps secrets", async () => {
    for (
      const [settings, sentence] of [
        [{ TERN_THREADS: "many" }, /TERN_THREADS/],
        [{ TERN_STORE: "sqlite" }, /These settings mean nothing on Cloudflare: TERN_STORE/],
        [{ TERN_API_KEYS: "sk-in-clear" }, /TERN_API_KEYS has a value that is not shown here/],
        [
          { TERN_WEIGHTS: "int4" },
          /TERN_WEIGHTS is int4, but the deployed model is packed as int8/,
        ],
      ] as const
    ) {
      const server = await serveWorkerd(settings);
      try {
        const reply = await fetch(`${server.url}/v1/models`);
        assert.equal(reply.status, 503);
        const { error } = await reply.json();
        assert.equal(error.code, "server_misconfigured");
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message, /in-clear/);
        const health = await (await fetch(`${server.url}/health`)).json();
        assert.equal(health.status, "misconfigured");
      } finally {
        await server.stop();
      }
    }
  });
});
