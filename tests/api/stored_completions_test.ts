import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CompletionStore } from "../../src/response/completion_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, chunksOf, harness, type HarnessOptions } from "./harness.ts";

const PATH = "/v1/chat/completions";
const stored = (fields: object = {}) => chatBody({ store: true, ...fields });

/** Two tenants of one app, as clients. */
function clients(options: HarnessOptions = {}) {
  const { app, ...rest } = harness({ keys: ["a", "b"], ...options });
  const as = (key: string) => {
    const call = async (method: string, path: string, body?: unknown) =>
      await app.request(path, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const json = async (method: string, path: string, body?: unknown) => {
      const reply = await call(method, path, body);
      const value = await reply.json();
      assert.equal(reply.status, 200, JSON.stringify(value));
      return value;
    };
    return { call, json };
  };
  return { ...as("a"), other: as("b"), app, ...rest };
}

describe("stored chat completions", () => {
  it("are what was replied, with what was asked and what is kept", async () => {
    const { json } = clients();
    const reply = await json(
      "POST",
      PATH,
      stored({ metadata: { topic: "greeting" }, seed: 5, temperature: 0.5, n: 2 }),
    );
    const found = await json("GET", `${PATH}/${reply.id}`);
    for (const field of ["id", "object", "created", "model", "choices", "usage"]) {
      assert.deepEqual(found[field], reply[field], field);
    }
    assert.deepEqual(found.metadata, { topic: "greeting" });
    assert.equal(found.seed, 5);
    assert.equal(found.temperature, 0.5);
    assert.equal(found.tools, null);
    assert.match(found.request_id, /^req_/);
  });

  it("are there before a stream ends, with the calls that it told", async () => {
    const call = '<tool_call>{"name": "f", "arguments": {}}</tool_call>';
    const { json, call: ask, store } = clients({ script: { pieces: [call] } });
    const tools = [{ type: "function", function: { name: "f" } }];
    const reply = await ask("POST", PATH, stored({ stream: true, tools }));
    const chunks = (await chunksOf(reply)).filter((chunk) => !chunk.includes("[DONE]"))
      .map((chunk) => JSON.parse(chunk.slice("data: ".length)));
    const told = chunks.flatMap(({ choices }) => choices[0].delta.tool_calls ?? []);
    const found = await json("GET", `${PATH}/${chunks[0].id}`);
    assert.equal(found.choices[0].message.tool_calls[0].id, told[0].id);
    assert.equal(found.choices[0].finish_reason, "tool_calls");

    const commit = store.commit.bind(store);
    store.commit = (changes, options) =>
      changes.writes.some(({ key }) => key.includes("completion"))
        ? Promise.reject(new Error("full"))
        : commit(changes, options);
    const failed = await chunksOf(await ask("POST", PATH, stored({ stream: true })));
    assert.match(failed.at(-1)!, /"internal_error"/, "no end before it is durable");
    await errorOf(await ask("POST", PATH, stored()), 500);
  });

  it("are not kept unless that is asked for", async () => {
    const { json, call } = clients();
    for (const fields of [{}, { store: false }, { store: null }, { metadata: {} }]) {
      const { id } = await json("POST", PATH, chatBody(fields));
      assert.equal(
        (await errorOf(await call("GET", `${PATH}/${id}`), 404)).code,
        "completion_not_found",
      );
    }
    assert.deepEqual((await json("GET", PATH)).data, []);
  });

  it("are listed by time, model and metadata, page by page", async () => {
    const { json, call, time } = clients();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      time.now += 1000;
      const metadata = { parity: i % 2 ? "odd" : "even", "a b": "x&y" };
      ids.push((await json("POST", PATH, stored({ metadata }))).id);
    }
    const listed = async (query: string) => {
      const { data, has_more, first_id, last_id } = await json("GET", `${PATH}?${query}`);
      const found: string[] = data.map(({ id }: { id: string }) => id);
      assert.equal(first_id, found[0] ?? null);
      assert.equal(last_id, found.at(-1) ?? null);
      return [found.map((id) => ids.indexOf(id)), has_more];
    };
    assert.deepEqual(await listed(""), [[0, 1, 2, 3, 4], false]);
    assert.deepEqual(await listed("order=desc&limit=2"), [[4, 3], true]);
    assert.deepEqual(await listed(`order=desc&limit=3&after=${ids[3]}`), [[2, 1, 0], false]);
    assert.deepEqual(await listed("metadata[parity]=odd"), [[1, 3], false]);
    const query = new URLSearchParams({ "metadata[a b]": "x&y", "metadata[parity]": "even" });
    assert.deepEqual(await listed(`${query}&limit=2`), [[0, 2], true]);
    assert.deepEqual(await listed("metadata[parity]=none"), [[], false]);
    assert.deepEqual(await listed("model=tern-test&limit=1"), [[0], true]);
    assert.deepEqual(await listed("model=other"), [[], false]);
    for (
      const [wrong, param] of [
        ["limit=0", "limit"],
        ["limit=101", "limit"],
        ["limit=x", "limit"],
        ["order=up", "order"],
        [`after=chatcmpl-${"0".repeat(48)}`, "after"],
        ["after=x", "after"],
        ["before=x", "before"],
        ["metadata=x", "metadata"],
        [`metadata[${"k".repeat(65)}]=x`, `metadata[${"k".repeat(65)}]`],
      ] as const
    ) {
      assert.equal((await errorOf(await call("GET", `${PATH}?${wrong}`), 400)).param, param);
    }
  });

  it("are listed by time, whatever their ids", async () => {
    const completions = new CompletionStore({ store: new MemoryStore(), now: () => 0 });
    const idOf = (n: number) => `chatcmpl-${String(n).padStart(48, "0")}`;
    const times = [30, 5, 200, 4_000_000_000_000, 5];
    for (const [n, createdAt] of times.entries()) {
      const body = { n };
      await completions.create("t", { id: idOf(n), createdAt, model: "m", metadata: {}, body });
    }
    for (const order of ["asc", "desc"] as const) {
      const { found } = await completions.list("t", { order, limit: 9, metadata: {} });
      const sorted = times.toSorted((a, b) => order === "asc" ? a - b : b - a);
      assert.deepEqual(found.map(({ createdAt }) => createdAt), sorted);
    }
    const again = { id: idOf(0), createdAt: 1, model: "m", metadata: {}, body: {} };
    await assert.rejects(completions.create("t", again), { name: "ResponseConflictError" });
    await assert.rejects(completions.create("t", { ...again, id: "x" }), RangeError);
  });

  it("tell what was asked, page by page", async () => {
    const { json, call } = clients();
    const parts = [{ type: "text", text: "How " }, { type: "text", text: "are you?" }];
    const messages = [
      { role: "system", content: "Brief." },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: parts },
    ];
    const { id } = await json("POST", PATH, stored({ messages }));
    const all = await json("GET", `${PATH}/${id}/messages`);
    assert.deepEqual(
      all.data.map(({ role }: { role: string }) => role),
      messages.map(({ role }) => role),
    );
    assert.equal(all.data[3].content, "How are you?");
    assert.deepEqual(all.data[3].content_parts, parts);
    assert.equal(new Set(all.data.map(({ id }: { id: string }) => id)).size, 4);
    const page = await json(
      "GET",
      `${PATH}/${id}/messages?order=desc&limit=2&after=${all.data[3].id}`,
    );
    assert.deepEqual(page.data.map(({ content }: { content: string }) => content), ["Hello", "Hi"]);
    assert.equal(page.has_more, true);
    await errorOf(await call("GET", `${PATH}/${id}/messages?limit=0`), 400);
    await errorOf(await call("GET", `${PATH}/none/messages`), 404);
  });

  it("take other metadata", async () => {
    const { json, call } = clients();
    const { id } = await json("POST", PATH, stored({ metadata: { a: "1" } }));
    assert.deepEqual((await json("POST", `${PATH}/${id}`, { metadata: { b: "2" } })).metadata, {
      b: "2",
    });
    assert.deepEqual((await json("GET", `${PATH}?metadata[b]=2`)).data.length, 1);
    assert.deepEqual((await json("POST", `${PATH}/${id}`, { metadata: null })).metadata, {});
    for (
      const wrong of [{}, { metadata: 1 }, { metadata: { a: 1 } }]
    ) await errorOf(await call("POST", `${PATH}/${id}`, wrong), 400);
    await errorOf(await call("POST", `${PATH}/chatcmpl-1`, { metadata: {} }), 404);
  });

  it("leave nothing behind when they are deleted", async () => {
    const { json, call, store } = clients();
    const content = "long ".repeat(15_000);
    const fields = { messages: [{ role: "user", content }] };
    const keep = await json("POST", PATH, stored());
    const count = async () => (await Array.fromAsync(store.list([]))).length;
    const before = await count();
    const { id } = await json("POST", PATH, stored(fields));
    assert(await count() > before + 3);
    assert.deepEqual(await json("DELETE", `${PATH}/${id}`), {
      object: "chat.completion.deleted",
      id,
      deleted: true,
    });
    assert.equal(await count(), before);
    await errorOf(await call("DELETE", `${PATH}/${id}`), 404);
    await errorOf(await call("GET", `${PATH}/${id}`), 404);
    assert.equal((await json("GET", PATH)).data.length, 1);
    assert((await json("GET", `${PATH}/${keep.id}`)).choices.length);
  });

  it("are not there for others", async () => {
    const { json, other } = clients();
    const { id } = await json("POST", PATH, stored({ metadata: { a: "1" } }));
    for (
      const [method, path, body] of [
        ["GET", `${PATH}/${id}`],
        ["GET", `${PATH}/${id}/messages`],
        ["POST", `${PATH}/${id}`, { metadata: {} }],
        ["DELETE", `${PATH}/${id}`],
      ] as const
    ) {
      const error = await errorOf(await other.call(method, path, body), 404);
      assert.equal(error.code, "completion_not_found");
    }
    await errorOf(await other.call("GET", `${PATH}?after=${id}`), 400);
    assert.deepEqual((await other.json("GET", PATH)).data, []);
    assert.deepEqual((await json("GET", `${PATH}/${id}`)).metadata, { a: "1" });
  });
});
