import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { errorOf } from "../error_of.ts";
import { ApiClient } from "../http_suite/client.ts";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { newConversation } from "./ingest_upload.ts";
import { ServerProcess } from "./server_process.ts";

const LEASE_MS = 1_000;

/**
 * An answer that takes some seconds, whatever the model would rather say: longer than a server waits for a conversation
 * that may be about to be free.
 */
const LONG = {
  text: {
    format: {
      type: "json_schema",
      name: "words",
      schema: {
        type: "object",
        properties: {
          words: { type: "array", items: { const: "once upon a time and again" }, minItems: 300 },
        },
        required: ["words"],
        additionalProperties: false,
      },
    },
  },
  max_output_tokens: 20_000,
};

/** Two servers over one store, and what clients do with them. */
class Pair implements AsyncDisposable {
  readonly clients: readonly ApiClient[];

  private constructor(readonly servers: readonly ServerProcess[]) {
    this.clients = servers.map(({ url }) => new ApiClient(url));
  }

  static async start(env: Record<string, string>): Promise<Pair> {
    const start = () => ServerProcess.start({ TERN_LEASE_MS: `${LEASE_MS}`, ...env });
    return new Pair([await start(), await start()]);
  }

  /** Adds to a conversation by one of the servers, and waits for it for so many seconds. */
  async say(
    server: number,
    conversation: string,
    input: string,
    wait: number,
    more: object = {},
  ): Promise<Response> {
    const body = { model: "tern-7m", conversation, input, max_output_tokens: 8, ...more };
    const headers = { "content-type": "application/json", prefer: `wait=${wait}` };
    return await this.clients[server]!.post("/v1/responses", body, { headers });
  }

  /** Who spoke in a conversation, and what the users said, as one of the servers tells it. */
  async said(server: number, conversation: string): Promise<string[]> {
    const path = `/v1/conversations/${conversation}/items?order=asc&limit=100`;
    const { data } = await (await this.clients[server]!.fetch(path)).json();
    return data.map(({ role, content }: { role: string; content?: { text: string }[] }) =>
      role === "user" ? content?.[0]?.text ?? "a text" : role
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill().catch(() => {})));
  }
}

/** Whether a promise has settled after some time. */
async function isSettled(promise: Promise<unknown>, after: number): Promise<boolean> {
  const pending = Symbol();
  const timer = new Promise((resolve) => setTimeout(() => resolve(pending), after));
  return await Promise.race([promise, timer]) !== pending;
}

/** Holds a conversation by a text of which more is to come, until it is released. */
async function hold(client: ApiClient, conversation: string): Promise<() => Promise<void>> {
  const path = `/v1/conversations/${conversation}/ingest`;
  const headers = { "content-type": "text/plain", "upload-complete": "?0" };
  const begun = await client.fetch(path, { method: "POST", headers, body: "Once upon a time" });
  assert.equal(begun.status, 200, await begun.text());
  return async () => {
    const last = { "content-type": "text/plain", "upload-offset": "16" };
    const reply = await client.fetch(path, { method: "POST", headers: last, body: "." });
    assert.equal(reply.status, 200, await reply.text());
  };
}

function testWaiting(env: Record<string, string>) {
  it("wait for what another server adds, and go on from it", async () => {
    await using pair = await Pair.start(env);
    const id = await newConversation(pair.clients[0]!);
    const first = await pair.say(0, id, "one", 0, { ...LONG, background: true });
    assert.equal(first.status, 200, await first.text());
    // Who does not wait is told at once, here and there.
    for (const server of [0, 1]) {
      const busy = await pair.say(server, id, "impatient", 0);
      assert.equal((await errorOf(busy, 409)).code, "conversation_busy");
      assert.equal(busy.headers.get("x-should-retry"), "false");
    }
    const second = await pair.say(1, id, "two", 60);
    assert.equal(second.status, 200, await second.text());
    assert.deepEqual(await pair.said(0, id), ["one", "assistant", "two", "assistant"]);
  });

  it("wait until it is released, and no longer than they asked", async () => {
    await using pair = await Pair.start(env);
    const id = await newConversation(pair.clients[0]!);
    const release = await hold(pair.clients[0]!, id);
    const waiting = pair.say(1, id, "patient", 60);
    const started = performance.now();
    const impatient = await pair.say(1, id, "impatient", 1);
    assert.equal((await errorOf(impatient, 409)).code, "conversation_busy");
    assert(performance.now() - started >= 990);
    assert(!await isSettled(waiting, 500));
    assert.deepEqual(await pair.said(1, id), []);
    await release();
    assert.equal((await waiting).status, 200, await (await waiting).text());
    assert.deepEqual(await pair.said(0, id), ["a text", "patient", "assistant"]);
  });

  it("all come to their turn, those of one server in their order", async () => {
    await using pair = await Pair.start(env);
    const id = await newConversation(pair.clients[0]!);
    const release = await hold(pair.clients[0]!, id);
    const names = [["a1", "a2", "a3"], ["b1", "b2", "b3"]];
    const replies: Promise<Response>[] = [];
    for (const [i] of names[0]!.entries()) {
      for (const server of [0, 1]) replies.push(pair.say(server, id, names[server]![i]!, 60));
      // So that they come in this order.
      await isSettled(Promise.all(replies), 100);
    }
    // One leaves, and is in nobody's way.
    const left = new AbortController();
    const gone = pair.clients[1]!.post("/v1/responses", {
      model: "tern-7m",
      conversation: id,
      input: "gone",
    }, { signal: left.signal, headers: { "content-type": "application/json", prefer: "wait=60" } });
    await isSettled(gone, 100);
    left.abort();
    await assert.rejects(gone);
    await release();
    for (const reply of await Promise.all(replies)) {
      assert.equal(reply.status, 200, await reply.text());
    }
    const said = (await pair.said(0, id)).slice(1);
    assert.deepEqual(said.filter((_, i) => i % 2 === 1), Array(6).fill("assistant"));
    const asked = said.filter((_, i) => i % 2 === 0);
    for (const ofOne of names) {
      assert.deepEqual(asked.filter((name) => ofOne.includes(name)), ofOne);
    }
  });

  it("come to their turn though the server that adds is killed", async () => {
    await using pair = await Pair.start(env);
    const id = await newConversation(pair.clients[0]!);
    const first = await pair.say(0, id, "one", 0, { ...LONG, background: true });
    const { id: running } = await first.json();
    const waiting = pair.say(1, id, "two", 60);
    assert(!await isSettled(waiting, 200));
    await pair.servers[0]!.kill();
    assert.equal((await waiting).status, 200, await (await waiting).text());
    assert.deepEqual(await pair.said(1, id), ["one", "assistant", "two", "assistant"]);
    assert.equal((await pair.clients[1]!.retrieve(running)).status, "completed");
  });
}

describe("Those who would rather wait for a conversation, with sqlite,", () => {
  const env: Record<string, string> = { TERN_STORE: "sqlite" };
  beforeAll(async () => {
    env["TERN_DATA"] = await Deno.makeTempDir();
  });
  afterAll(async () => await Deno.remove(env["TERN_DATA"]!, { recursive: true }));
  testWaiting(env);
});

describe(
  "Those who would rather wait for a conversation, with redis,",
  { ignore: !hasRedis },
  () => {
    const env: Record<string, string> = {};
    let stop: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      const redis = await startRedis();
      env["TERN_STORE"] = redis.url;
      stop = async () => await redis[Symbol.asyncDispose]();
    });
    afterAll(async () => await stop?.());
    testWaiting(env);
  },
);
