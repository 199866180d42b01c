import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { createApp } from "../../src/app.ts";
import { chatBody, harness, responseBody, settle } from "./harness.ts";

const ROUTES = [
  ["/v1/chat/completions", chatBody({ stream: true })],
  // One that is stored does not depend on its client: see stored_responses_test.ts.
  ["/v1/responses", responseBody({ stream: true, store: false })],
] as const;

/** More text than anyone should read ahead. */
function* plenty(): Generator<string> {
  for (let i = 0; i < 10_000; i++) yield `piece ${i} `;
}

for (const [path, body] of ROUTES) {
  describe(`the stream of ${path}`, () => {
    it("takes only a few events from the turn while the client reads nothing", async () => {
      const { post, chat } = harness({ script: { pieces: plenty() } });
      const response = await post(path, body);
      for (let i = 0; i < 20; i++) await settle();
      assert(chat.pulls <= 4, `${chat.pulls} events were taken`);
      await response.body?.cancel();
    });

    it("takes events at the pace at which the client reads", async () => {
      const { post, chat } = harness({ script: { pieces: plenty() } });
      const reader = (await post(path, body)).body?.getReader();
      assert(reader);
      for (let read = 1; read <= 50; read++) {
        await reader.read();
        await settle();
        assert(chat.pulls <= read + 4, `${chat.pulls} events were taken for ${read} reads`);
      }
      await reader.cancel();
    });

    it("begins before the first text is there", async () => {
      const { promise } = Promise.withResolvers<string>();
      const { post } = harness({ script: { pieces: [promise] } });
      const reader = (await post(path, body)).body?.getReader();
      const { value } = await reader?.read() ?? {};
      assert.match(
        new TextDecoder().decode(value),
        /^(data: .*"role":"assistant"|id: 0\nevent: response.created)/,
      );
      await reader?.cancel();
    });

    it("cancels the turn when the client stops reading", async () => {
      const { post, chat } = harness({ script: { pieces: plenty() } });
      const reader = (await post(path, body)).body?.getReader();
      await reader?.read();
      await reader?.cancel("enough");
      await settle();
      assert.equal(chat.left, 1);
      assert(chat.request.signal.aborted);
      const { pulls } = chat;
      await settle();
      assert.equal(chat.pulls, pulls);
    });

    it("cancels a turn that is waiting, too", async () => {
      const { promise } = Promise.withResolvers<string>();
      const { post, chat } = harness({ script: { pieces: ["a", promise] } });
      const response = await post(path, body);
      await settle();
      await response.body?.cancel();
      await settle();
      assert(chat.request.signal.aborted);
      assert.equal(chat.left, 1);
    });

    it("aborts the turn when the request is aborted, and still ends", async () => {
      const { promise } = Promise.withResolvers<string>();
      const request = new AbortController();
      const { post, chat, lines } = harness({ script: { pieces: ["a", promise] } });
      const response = await post(path, body, { signal: request.signal });
      const text = response.text();
      await settle();
      request.abort();
      assert.match(await text, /"error"/);
      assert(chat.request.signal.aborted);
      assert.equal(lines.length, 1, "a client that left is not a failure of the server");
      assert.equal(JSON.parse(lines[0] ?? "{}").end, "cancelled");
    });

    it("leaves the signal alone when it ends by itself", async () => {
      const { post, chat } = harness();
      await (await post(path, body)).text();
      await settle();
      assert(!chat.request.signal.aborted);
      assert.equal(chat.left, 0);
    });
  });
}

for (const [path, streamed] of ROUTES) {
  const body = { ...streamed, stream: false };
  describe(`the reply of ${path} that does not stream`, () => {
    it("is given up when the client leaves", async () => {
      const { promise } = Promise.withResolvers<string>();
      const request = new AbortController();
      const { post, chat, lines } = harness({ script: { pieces: ["a", promise] } });
      const reply = post(path, body, { signal: request.signal });
      await settle();
      request.abort();
      assert.equal((await reply).status, 499);
      assert(chat.request.signal.aborted);
      await settle();
      assert.equal(lines.length, 1);
      assert.equal(JSON.parse(lines[0] ?? "{}").level, "info");
    });
  });
}

describe("a served stream", () => {
  /** Serves a harness on a free port for as long as `use` takes. */
  async function serving(
    { app }: { readonly app: ReturnType<typeof createApp> },
    use: (origin: string) => Promise<void>,
  ): Promise<void> {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
    try {
      await use(`http://127.0.0.1:${server.addr.port}`);
    } finally {
      await server.shutdown();
    }
  }

  const send = (origin: string, path: string, body: object, signal: AbortSignal) =>
    fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });

  for (const [path, body] of ROUTES) {
    it(`of ${path} cancels the turn when the connection breaks`, async () => {
      const never = Promise.withResolvers<string>();
      const served = harness({ script: { pieces: ["a", never.promise] } });
      await serving(served, async (origin) => {
        const client = new AbortController();
        const response = await send(origin, path, body, client.signal);
        await response.body?.getReader().read();
        const { signal } = served.chat.request;
        const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
        client.abort();
        await aborted;
      });
      assert.equal(JSON.parse(served.lines.at(-1) ?? "{}").end, "cancelled");
    });

    it(`of ${path} gives up an answer when the connection breaks`, async () => {
      const never = Promise.withResolvers<string>();
      const served = harness({ script: { pieces: ["a", never.promise] } });
      await serving(served, async (origin) => {
        const client = new AbortController();
        const reply = send(origin, path, { ...body, stream: false }, client.signal);
        while (served.chat.requests.length === 0) await settle();
        const { signal } = served.chat.request;
        const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
        client.abort();
        await assert.rejects(reply, { name: "AbortError" });
        await aborted;
      });
    });
  }
});
