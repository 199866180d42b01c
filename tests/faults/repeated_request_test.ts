import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { STAGING_MS } from "../../src/records/blob.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { DyingStore } from "./dying_store.ts";
import { LEASE_MS, server, StandingClock, type TestServer } from "./world.ts";

const KEY = { "idempotency-key": "the same" };
const FILE = "application/vnd.tern.conversation";

/** A conversation that is there before the request. */
interface Before {
  readonly conversation: string;
  readonly response: string;
  readonly file: Uint8Array<ArrayBuffer>;
}

/** A request that creates something. */
interface Creating {
  readonly path: (before: Before) => string;
  readonly body?: (before: Before) => unknown;
  readonly init?: (before: Before) => RequestInit;
  /** How many things there are of each kind when it was answered, besides those before. */
  readonly makes: Readonly<Record<string, number>>;
  /** Whether the events of two replies are the same but for their padding. */
  readonly isStream?: true;
}

const message = (content: string) => ({ role: "user", content });
const chat = (fields: object) => ({
  model: "hash",
  messages: [message("Tell me.")],
  max_tokens: 8,
  ...fields,
});
const response = (fields: object) => ({
  model: "hash",
  input: "Tell me.",
  max_output_tokens: 8,
  ...fields,
});
const conversation = ({ conversation }: Before) => ({ conversation });

const REQUESTS: Readonly<Record<string, Creating>> = {
  "a conversation": {
    path: () => "/v1/conversations",
    body: () => ({ items: [message("One"), message("Two")], metadata: { a: "b" } }),
    makes: { conversation: 1 },
  },
  "a fork": {
    path: ({ conversation }) => `/v1/conversations/${conversation}/fork`,
    body: ({ response }) => ({ response_id: response }),
    makes: { conversation: 1 },
  },
  "an import": {
    path: () => "/v1/conversations/import",
    init: ({ file }) => ({ method: "POST", body: file, headers: { "content-type": FILE } }),
    makes: { conversation: 1, run: 2, node: 2 },
  },
  "items": {
    path: ({ conversation }) => `/v1/conversations/${conversation}/items`,
    body: () => ({ items: [message("One"), message("Two")] }),
    makes: { items: 2 },
  },
  "a rewind": {
    path: ({ conversation }) => `/v1/conversations/${conversation}/rewind`,
    body: ({ response }) => ({ response_id: response }),
    makes: { items: -2 },
  },
  "an ingested text": {
    path: ({ conversation }) => `/v1/conversations/${conversation}/ingest`,
    init: () => ({
      method: "POST",
      body: "Once upon a time there was a text.",
      headers: { "content-type": "text/plain" },
    }),
    makes: { items: 1, run: 1, node: 1 },
  },
  "a stored chat completion": {
    path: () => "/v1/chat/completions",
    body: () => chat({ store: true }),
    makes: { completion: 1 },
  },
  "two stored answers, streamed": {
    path: () => "/v1/chat/completions",
    body: () => chat({ store: true, stream: true, n: 2, stream_options: { include_usage: true } }),
    makes: { completion: 1 },
    isStream: true,
  },
  "a chat completion in a conversation": {
    path: () => "/v1/chat/completions",
    body: (before) => chat(conversation(before)),
    makes: { items: 2, run: 1, node: 1 },
  },
  "a streamed and stored chat completion in a conversation": {
    path: () => "/v1/chat/completions",
    body: (before) => chat({ ...conversation(before), stream: true, store: true }),
    makes: { items: 2, run: 1, node: 1, completion: 1 },
    isStream: true,
  },
  "a response": {
    path: () => "/v1/responses",
    body: () => response({}),
    makes: { run: 1, node: 1 },
  },
  "a streamed response in a conversation": {
    path: () => "/v1/responses",
    body: (before) => response({ ...conversation(before), stream: true }),
    makes: { items: 2, run: 1, node: 1 },
    isStream: true,
  },
  "a compaction": {
    path: () => "/v1/responses/compact",
    body: ({ response }) => ({ model: "hash", previous_response_id: response, input: "And" }),
    makes: { run: 1, node: 1 },
  },
};

/** What of a reply is the same each time: all but the padding of a stream. */
function told(text: string, { isStream }: Creating): string {
  return isStream ? text.replaceAll(/,"obfuscation":"[^"]*"/g, "") : text;
}

async function prepare({ ask }: TestServer): Promise<Before> {
  const post = async (path: string, body: unknown) => {
    const reply = await ask("POST", path, body);
    assert.equal(reply.status, 200, await reply.clone().text());
    return await reply.json();
  };
  const { id } = await post("/v1/conversations", {});
  const first = await post("/v1/responses", response({ conversation: id, input: "Hello" }));
  await post("/v1/responses", response({ conversation: id }));
  const file = await (await ask("GET", `/v1/conversations/${id}/export`)).bytes();
  return { conversation: id, response: first.id, file };
}

/** How many things there are of each kind. */
async function countsOf(
  store: KvStore,
  { ask }: TestServer,
  { conversation }: Before,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of ["conversation", "completion", "run", "node"]) {
    counts[kind] = (await Array.fromAsync(store.list(["public", kind]))).length;
  }
  const items = await (await ask("GET", `/v1/conversations/${conversation}/items?limit=100`))
    .json();
  return { ...counts, items: items.data.length };
}

for (const [name, creating] of Object.entries(REQUESTS)) {
  describe(`A server that dies while it answers a request with a key: ${name}`, () => {
    for (const isTold of [true, false]) {
      const when = isTold ? "after" : "during";
      it(`has made one thing when the request is repeated, whenever it dies (${when} a commit)`, async () => {
        for (let commits = 1;; commits++) {
          const where = `${when} commit ${commits}`;
          const [store, clock] = [new MemoryStore(), new StandingClock()];
          const back = server(store, clock);
          const before = await prepare(back);
          const counts = await countsOf(store, back, before);
          const dying = new DyingStore(store, commits, isTold);
          const front = server(dying, clock);
          const send = async ({ ask }: TestServer) => {
            const { headers, ...init } = creating.init?.(before) ?? {};
            const reply = await ask("POST", creating.path(before), creating.body?.(before), {
              ...init,
              headers: { ...KEY, ...headers as Record<string, string> },
            });
            const text = await reply.text().catch(() => "");
            return { status: reply.status, text: told(text, creating) };
          };
          const first = await send(front);
          await front.responses.settled();
          clock.time += LEASE_MS + 1;
          const retry = await send(back);
          assert.equal(retry.status, 200, `${where}: ${retry.text}`);
          assert.doesNotMatch(retry.text, /"error":\{|response.failed/, where);
          if (first.status === 200 && !creating.isStream) {
            assert.equal(retry.text, first.text, where);
          }
          assert.deepEqual(await send(back), retry, where);
          // What an import that died has written is swept when nobody can be writing it any more.
          clock.time += STAGING_MS + 1;
          await back.responses.sweep();
          await back.responses.settled();
          const now = await countsOf(store, back, before);
          for (const [kind, count] of Object.entries(now)) {
            const made = count - counts[kind]!;
            assert.equal(made, creating.makes[kind] ?? 0, `${where}: ${made} of ${kind}`);
          }
          if (!dying.isDead) break;
        }
      });
    }
  });
}
