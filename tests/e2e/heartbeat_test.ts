import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ServerProcess } from "./server_process.ts";

const MODEL = { model: "tern-7m", stream: true };
const COMMENT = ": heartbeat\n\n";

describe("a server whose connections are kept in use", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start({
      TERN_STORE: "memory",
      TERN_MAX_RUNNING: "1",
      TERN_HEARTBEAT_MS: "100",
    });
  });
  afterAll(async () => void await server?.stop());

  const post = (path: string, body: object, signal: AbortSignal) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...MODEL, ...body }),
      signal,
    });

  it("sends headers and comments while a turn waits for its place", async () => {
    const left = new AbortController();
    // It takes the only place: nobody reads it, and it does not end by itself.
    const first = await post(
      "/v1/completions",
      { prompt: "Once", max_tokens: 30_000, ignore_eos: true },
      left.signal,
    );
    const reader = first.body!.getReader();
    await reader.read();
    for (
      const [path, body] of [
        ["/v1/chat/completions", { messages: [{ role: "user", content: "Hi" }] }],
        ["/v1/responses", { input: "Hi" }],
      ] as const
    ) {
      const waiting = new AbortController();
      const reply = await post(path, body, waiting.signal);
      assert.equal(reply.status, 200);
      const chunks = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (text.split(COMMENT).length < 3) {
        const { done, value } = await chunks.read();
        assert(!done, text);
        text += value;
      }
      assert.doesNotMatch(text, /"content":"[^"]|response\.created/);
      chunks.closed.catch(() => {});
      waiting.abort();
    }
    reader.closed.catch(() => {});
    left.abort();
  });

  it("pings a WebSocket on which nothing comes, and closes one that does not answer", async () => {
    const { hostname, port } = new URL(server.url);
    using connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(
      `GET /v1/responses HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\n` +
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        "Sec-WebSocket-Version: 13\r\n\r\n",
    ));
    const bytes: number[] = [];
    const buffer = new Uint8Array(1024);
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      bytes.push(...buffer.subarray(0, count));
    }
    const head = new TextDecoder().decode(Uint8Array.from(bytes)).indexOf("\r\n\r\n") + 4;
    // A ping without content, then the close. Source: RFC 6455, section 5.5.
    assert.deepEqual(bytes.slice(head, head + 2), [0x89, 0]);
    assert.equal(bytes[head + 2], 0x88);
  });
});
