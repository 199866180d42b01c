import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { harness } from "./harness.ts";

/** The head of a request, for a body of 100 bytes, or in chunks. */
function head(path: string, type: string, length: string, more = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${length}\r\n${more}\r\n`;
}

/** Sends bytes, and after a pause the end of the connection. */
async function cut(port: number, bytes: string, pauseMs = 0): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(bytes));
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  await connection.closeWrite();
  return await new Response(connection.readable).text();
}

describe("a body that ends early", () => {
  for (
    const [name, length, frame] of [
      ["its length", "Content-Length: 100", (text: string) => text],
      [
        "its last chunk",
        "Transfer-Encoding: chunked",
        (text: string) => `${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`,
      ],
    ] as const
  ) {
    it(`is refused where it is JSON and lacks ${name}`, async () => {
      const { app, lines } = harness();
      await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
      for (const more of ["", "Idempotency-Key: k\r\n"]) {
        const sent = head("/v1/responses", "application/json", length, more) + frame('{"model":');
        const reply = await cut(server.addr.port, sent);
        assert.match(reply, /^HTTP\/1.1 400 /);
        assert.match(reply, /"incomplete_body"/);
      }
      assert(!lines.some((line) => line.includes("request failed")), lines.join("\n"));
    });

    it(`is kept as far as it came where it is a text that lacks ${name}`, async () => {
      const { app, post } = harness();
      await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
      const { id } = await (await post("/v1/conversations", {})).json();
      const path = `/v1/conversations/${id}/ingest`;
      const text = "Once upon a time, caf\u00e9";
      const bytes = new TextEncoder().encode(text).length;
      const sent = head(path, "text/plain", length) + frame(text);
      // Deno gives away what came shortly before the end, if nobody has read it by then.
      let offset = 0;
      for (let pauseMs = 10; offset === 0 && pauseMs < 10_000; pauseMs *= 2) {
        const reply = await cut(server.addr.port, sent, pauseMs);
        assert.match(reply, /^HTTP\/1.1 400 /);
        const { error } = JSON.parse(/\{.*\}/s.exec(reply)![0]);
        assert.equal(error.code, "upload_incomplete");
        offset = Number(/upload-offset: (\d+)\r\n/i.exec(reply)?.[1]);
        assert.match(error.message, new RegExp(`byte ${offset}\\b`));
      }
      assert.equal(offset, bytes);
      const status = await (await app.request(path)).json();
      assert.deepEqual([status.status, status.offset], ["paused", bytes]);
      const rest = await app.request(path, {
        method: "POST",
        headers: { "content-type": "text/plain", "upload-offset": `${bytes}` },
        body: " was closed.",
      });
      assert.equal(rest.status, 200);
      assert.equal((await rest.json()).status, "completed");
    });
  }
});
