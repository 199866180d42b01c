import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { type Refusal, StoreRefusedError } from "../../src/store/errors.ts";
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  ListOptions,
  StoreOptions,
} from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { StoreOver } from "../store/store_over.ts";
import { chatBody, harness, responseBody, settle } from "./harness.ts";

/** A store that refuses to write for a while, or to read as well. */
class RefusingStore extends StoreOver {
  refusal: Refusal | undefined;

  override get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    return this.#refuse(this.refusal === "damaged") ?? super.get(key, options);
  }

  override getMany(
    keys: readonly Key[],
    options?: StoreOptions,
  ): Promise<(Entry | undefined)[]> {
    return this.#refuse(this.refusal === "damaged") ?? super.getMany(keys, options);
  }

  override commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    return this.#refuse(true) ?? super.commit(commit, options);
  }

  override async *list(prefix: Key, options?: ListOptions): AsyncGenerator<Entry> {
    await this.#refuse(this.refusal === "damaged");
    yield* super.list(prefix, options);
  }

  #refuse(does: boolean): Promise<never> | undefined {
    if (!does || this.refusal === undefined) return undefined;
    const cause = new Error("what SQLite said");
    return Promise.reject(new StoreRefusedError(this.refusal, "/data/c.db", { cause }));
  }
}

/** Requests that change what is stored. */
const CHANGES = [
  ["POST", "/v1/responses", responseBody()],
  ["POST", "/v1/responses", responseBody({ background: true })],
  ["POST", "/v1/chat/completions", chatBody({ store: true })],
  ["POST", "/v1/conversations", {}],
  ["DELETE", "/v1/responses/ID", undefined],
  ["POST", "/v1/conversations/CONV", { metadata: { a: "b" } }],
  ["DELETE", "/v1/conversations/CONV", undefined],
] as const;

const MESSAGES = {
  full: /store of conversations is full/,
  "read-only": /store of conversations is read-only/,
  damaged: /database file of the store of conversations is damaged/,
  failing: /failed to read or write its files/,
} as const;

async function world() {
  const store = new RefusingStore(new MemoryStore());
  const h = harness({ store });
  const ID = (await (await h.post("/v1/responses", responseBody())).json()).id as string;
  const CONV = (await (await h.post("/v1/conversations", {})).json()).id as string;
  const ask = async (method: string, path: string, body?: object) =>
    await h.app.request(path.replace("ID", ID).replace("CONV", CONV), {
      method,
      ...(body === undefined ? {} : {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  return { ...h, store, ask };
}

describe("a store that refuses", () => {
  for (const refusal of ["full", "read-only", "damaged", "failing"] as const) {
    it(`is told of as ${refusal}, with 503, until it no longer does`, async () => {
      const { store, ask, lines } = await world();
      for (const [method, path, body] of CHANGES) {
        store.refusal = refusal;
        const reply = await ask(method, path, body);
        const name = `${method} ${path} ${JSON.stringify(body)}`;
        assert.equal(reply.status, 503, name);
        assert.equal(reply.headers.get("retry-after"), "10", name);
        const { error } = await reply.json();
        assert.equal(error.code, "store_unavailable");
        assert.match(error.message, MESSAGES[refusal]);
        assert(!error.message.includes("/data/"), "paths are for the log");
        store.refusal = undefined;
        await settle();
      }
      assert(lines.some((line) => line.includes("/data/c.db")), "the log names the database");
      for (const [method, path, body] of CHANGES) {
        const { status } = await ask(method, path, body);
        assert.equal(status, 200, `${method} ${path}`);
      }
    });

    it(`still answers what is not stored, and streams it, when it is ${refusal}`, async () => {
      const { store, ask } = await world();
      store.refusal = refusal;
      for (
        const [path, body] of [
          ["/v1/chat/completions", chatBody()],
          ["/v1/chat/completions", chatBody({ stream: true })],
          ["/v1/responses", responseBody({ store: false })],
          ["/v1/responses", responseBody({ store: false, stream: true })],
        ] as const
      ) {
        const reply = await ask("POST", path, body);
        const text = await reply.text();
        assert.equal(reply.status, 200, text);
        assert.match(text, /world/);
      }
      assert.equal((await ask("GET", "/health")).status, 200);
    });
  }

  it("is in the way of what is read only where it is damaged", async () => {
    const { store, ask } = await world();
    for (
      const [refusal, status] of [["full", 200], ["read-only", 200], ["damaged", 503]] as const
    ) {
      store.refusal = refusal;
      for (const path of ["/v1/conversations/CONV", "/v1/conversations/CONV/items"]) {
        assert.equal((await ask("GET", path)).status, status, `${refusal} ${path}`);
      }
    }
  });
});
