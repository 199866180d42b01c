import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { cleanupOf } from "../cleanup/cleanup_of.ts";
import { errorOf } from "../error_of.ts";
import { kept } from "../records/kept.ts";
import { chunksOf, harness, NOW, responseBody, settle } from "./harness.ts";

/** When nobody reads any more what was just dropped. */
const LATER_MS = 600_000;

/** Nothing may go wrong in a sweep. */
function fail(error: unknown): never {
  throw error;
}

const user = (content: string) => ({ role: "user", content });

/** The calls of a client, with their bodies as objects. */
function client(options: Parameters<typeof harness>[0] = {}) {
  const h = harness(options);
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await h.app.request(path, {
      method,
      ...(body === undefined ? {} : {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    assert.equal(response.status, 200, `${method} ${path}: ${await response.clone().text()}`);
    return await response.json();
  };
  const refused = async (status: number, method: string, path: string, body?: unknown) =>
    await errorOf(
      await h.app.request(path, {
        method,
        ...(body === undefined ? {} : {
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      }),
      status,
    );
  const texts = async (id: string) => {
    const { data } = await call("GET", `/v1/conversations/${id}/items?order=asc&limit=100`);
    return data.map(({ content }: { content: { text: string }[] }) => content[0]!.text);
  };
  const say = async (conversation: string, input: string) =>
    await call("POST", "/v1/responses", responseBody({ conversation, input }));
  /** How many entries there are, but for counters that are at nothing. */
  const keys = async () => (await kept(h.store)).length;
  return { ...h, call, refused, texts, say, keys };
}

describe("a conversation", () => {
  it("is created, shown, changed and deleted", async () => {
    const { call, refused, keys } = client();
    const made = await call("POST", "/v1/conversations", { metadata: { topic: "birds" } });
    const expected = {
      id: made.id,
      object: "conversation",
      created_at: 1_800_000_000,
      metadata: { topic: "birds" },
      title: null,
      updated_at: 1_800_000_000,
    };
    assert.match(made.id, /^conv_\d{48}$/);
    assert.deepEqual(made, expected);
    assert.deepEqual(await call("GET", `/v1/conversations/${made.id}`), expected);
    const changed = await call("POST", `/v1/conversations/${made.id}`, { metadata: { a: "b" } });
    assert.deepEqual(changed.metadata, { a: "b" });
    assert.deepEqual(await call("DELETE", `/v1/conversations/${made.id}`), {
      id: made.id,
      object: "conversation.deleted",
      deleted: true,
    });
    const error = await refused(404, "GET", `/v1/conversations/${made.id}`);
    assert.equal(error.code, "conversation_not_found");
    assert.equal(await keys(), 0);
  });

  it("holds what is said in it, each item with one name for ever", async () => {
    const { call, texts, say, chat } = client();
    const { id } = await call("POST", "/v1/conversations", { items: [user("I am Ann.")] });
    const added = await call("POST", `/v1/conversations/${id}/items`, {
      items: [user("Be kind.")],
    });
    assert.deepEqual(await texts(id), ["I am Ann.", "Be kind."]);
    const first = await say(id, "Hi");
    assert.deepEqual(first.conversation, { id });
    assert.deepEqual(chat.request.messages.map(({ text }) => text), [
      "I am Ann.",
      "Be kind.",
      "Hi",
    ]);
    assert.equal(chat.request.previous, undefined);
    const second = await say(id, "And you?");
    assert.equal(chat.request.previous, first.id);
    assert.deepEqual(chat.request.messages.map(({ text }) => text), ["And you?"]);
    assert.deepEqual((await texts(id)).filter((text: string) => text !== "Hello, world"), [
      "I am Ann.",
      "Be kind.",
      "Hi",
      "And you?",
    ]);
    const { data } = await call("GET", `/v1/conversations/${id}/items?order=asc`);
    assert.equal(data[1].id, added.data[0].id);
    const input = await call("GET", `/v1/responses/${second.id}/input_items`);
    assert(data.some((item: { id: string }) => item.id === input.data[0].id));
    const one = await call("GET", `/v1/conversations/${id}/items/${data[0].id}`);
    assert.deepEqual(one, data[0]);
  });

  it("leaves nothing of what was added to it, once that is answered and deleted", async () => {
    const { call, say, store } = client();
    const { id } = await call("POST", "/v1/conversations", { items: [user("I am Ann.")] });
    await say(id, "Hi");
    await call("DELETE", `/v1/conversations/${id}`);
    await cleanupOf(store, () => NOW + LATER_MS).sweep(fail);
    assert.deepEqual((await kept(store)).filter(({ key }) => key[1] !== "prefix"), []);
  });

  it("lists its items in pages", async () => {
    const { call, refused } = client();
    const items = ["a", "b", "c"].map(user);
    const { id } = await call("POST", "/v1/conversations", { items });
    const path = `/v1/conversations/${id}/items`;
    const first = await call("GET", `${path}?limit=2`);
    assert.deepEqual(first.data.map((i: { content: { text: string }[] }) => i.content[0]!.text), [
      "c",
      "b",
    ]);
    assert.equal(first.has_more, true);
    const rest = await call("GET", `${path}?limit=2&after=${first.last_id}`);
    assert.equal(rest.data.length, 1);
    assert.equal(rest.has_more, false);
    for (const query of ["limit=0", "limit=101", "limit=x", "order=up", "after=none", "x=1"]) {
      const name = query.split("=")[0];
      assert.equal((await refused(400, "GET", `${path}?${query}`)).param, name);
    }
  });

  it("forgets an item: the state that has read it is not gone on from", async () => {
    const { call, texts, say, chat } = client();
    const { id } = await call("POST", "/v1/conversations", { items: [user("Secret.")] });
    await say(id, "Hi");
    const { data } = await call("GET", `/v1/conversations/${id}/items?order=asc`);
    await call("DELETE", `/v1/conversations/${id}/items/${data[0].id}`);
    await say(id, "Bye");
    assert.equal(chat.request.previous, undefined);
    assert(!chat.request.messages.some(({ text }) => text === "Secret."));
    assert((await texts(id)).includes("Hi"));
  });

  it("takes one response at a time, and says so", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { call, post, refused, chat, texts } = client({ script: { pieces: ["a", promise] } });
    const { id } = await call("POST", "/v1/conversations", {});
    const first = await post("/v1/responses", responseBody({ conversation: id, stream: true }));
    const reading = chunksOf(first);
    const reply = await post("/v1/responses", responseBody({ conversation: id }));
    assert.equal(reply.headers.get("x-should-retry"), "false");
    assert.equal((await errorOf(reply, 409)).code, "conversation_busy");
    for (
      const [method, path, body] of [
        ["POST", "items", { items: [user("x")] }],
        ["POST", "rewind", { response_id: null }],
      ] as const
    ) {
      const error = await refused(409, method, `/v1/conversations/${id}/${path}`, body);
      assert.equal(error.code, "conversation_busy");
    }
    chat.script = {};
    resolve("b");
    await reading;
    assert.deepEqual(await texts(id), ["Hi", "ab"]);
  });

  it("lets one of two win that come at once, and keeps nothing of the other", async () => {
    const gate = Promise.withResolvers<string>();
    const { call, post, texts } = client({ script: { pieces: ["a", gate.promise] } });
    const { id } = await call("POST", "/v1/conversations", {});
    const statuses: number[] = [];
    await Promise.all(["one", "two"].map(async (input) => {
      const { status } = await post("/v1/responses", responseBody({ conversation: id, input }));
      statuses.push(status);
      gate.resolve("b");
    }));
    assert.deepEqual(statuses, [409, 200]);
    assert.equal((await texts(id)).length, 2);
  });

  it("lets those that come at once wait for each other, in their order, if they ask for it", async () => {
    const gate = Promise.withResolvers<string>();
    const { call, app, texts, chat } = client({ script: { pieces: ["a", gate.promise] } });
    const { id } = await call("POST", "/v1/conversations", {});
    const say = async (input: string, init: RequestInit = {}) => {
      const reply = app.request("/v1/responses", {
        method: "POST",
        headers: { "content-type": "application/json", prefer: "respond-async, wait=30" },
        body: JSON.stringify(responseBody({ conversation: id, input })),
        ...init,
      });
      for (let i = 0; i < 5; i++) await settle();
      return reply;
    };
    const replies: Promise<Response>[] = [say("one")];
    for (let i = 0; i < 5; i++) await settle();
    const left = new AbortController();
    for (const input of ["two", "three", "four"]) {
      replies.push(say(input, input === "three" ? { signal: left.signal } : {}));
      for (let i = 0; i < 5; i++) await settle();
    }
    chat.script = { pieces: ["b"] };
    left.abort();
    gate.resolve("!");
    const statuses = await Promise.all([0, 1, 3].map(async (i) => (await replies[i])!.status));
    await Promise.allSettled(replies);
    assert.deepEqual(statuses, [200, 200, 200]);
    assert.deepEqual(await texts(id), ["one", "a!", "two", "b", "four", "b"]);
  });

  it("lets nobody wait for longer than they asked", async () => {
    const gate = Promise.withResolvers<string>();
    const { call, app, post, texts } = client({ script: { pieces: ["a", gate.promise] } });
    const { id } = await call("POST", "/v1/conversations", {});
    const first = post("/v1/responses", responseBody({ conversation: id }));
    for (let i = 0; i < 5; i++) await settle();
    const second = await app.request("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=1" },
      body: JSON.stringify(responseBody({ conversation: id })),
    });
    assert.equal((await errorOf(second, 409)).code, "conversation_busy");
    assert.equal(second.headers.get("x-should-retry"), "false");
    gate.resolve("b");
    assert.equal((await first).status, 200);
    assert.equal((await texts(id)).length, 2);
  });

  it("does not wait for a response whose client has left", async () => {
    const never = Promise.withResolvers<string>();
    const { call, post, say, chat, texts } = client({ script: { pieces: ["a", never.promise] } });
    const { id } = await call("POST", "/v1/conversations", {});
    const left = await post("/v1/responses", responseBody({ conversation: id, stream: true }));
    const reader = left.body!.pipeThrough(new TextDecoderStream()).getReader();
    while (!(await reader.read()).value?.includes("delta"));
    await reader.cancel();
    for (let i = 0; i < 5; i++) await settle();
    chat.script = { pieces: ["b"] };
    await say(id, "again");
    // What the client saw of it was said.
    assert.deepEqual(await texts(id), ["Hi", "a", "again", "b"]);
    assert.deepEqual(chat.request.messages.map(({ text }) => text), ["Hi", "a", "again"]);
  });

  it("forks, and neither knows of the other", async () => {
    const { call, texts, say, refused } = client();
    const { id } = await call("POST", "/v1/conversations", {});
    const first = await say(id, "one");
    await say(id, "two");
    const fork = await call("POST", `/v1/conversations/${id}/fork`, { response_id: first.id });
    await say(fork.id, "three");
    const said = async (id: string) =>
      (await texts(id)).filter((t: string) => t !== "Hello, world");
    assert.deepEqual(await said(id), ["one", "two"]);
    assert.deepEqual(await said(fork.id), ["one", "three"]);
    const whole = await call("POST", `/v1/conversations/${id}/fork`, {});
    assert.deepEqual(await said(whole.id), ["one", "two"]);
    const other = await call("POST", "/v1/conversations", {});
    const body = { response_id: first.id };
    const error = await refused(404, "POST", `/v1/conversations/${other.id}/fork`, body);
    assert.equal(error.code, "response_not_found");

    await call("DELETE", `/v1/conversations/${id}`);
    assert.deepEqual(await said(fork.id), ["one", "three"], "deleting one breaks no other");
    await say(fork.id, "four");
    assert.deepEqual(await said(fork.id), ["one", "three", "four"]);
  });

  it("is rewound, keeps what came after as a branch, and frees it when that is deleted", async () => {
    const { call, texts, say, refused, keys } = client();
    const { id } = await call("POST", "/v1/conversations", {});
    const path = `/v1/conversations/${id}`;
    const first = await say(id, "one");
    const keysAfterOne = await keys();
    const second = await say(id, "two");
    await say(id, "three");
    const third = (await call("GET", `${path}/branches`)).data[0];
    await call("POST", `${path}/rewind`, { response_id: first.id });
    assert.deepEqual(await texts(id), ["one", "Hello, world"]);
    const { data } = await call("GET", `${path}/branches`);
    assert.deepEqual(
      data.map(({ id, current }: { id: string; current: boolean }) => [id, current]),
      [
        [first.id, true],
        [third.id, false],
      ],
    );
    assert.equal(
      (await refused(404, "DELETE", `${path}/branches/${first.id}`)).param,
      "response_id",
    );
    await call("DELETE", `${path}/branches/${third.id}`);
    assert.equal(
      (await refused(404, "GET", `/v1/responses/${second.id}`)).code,
      "response_not_found",
    );
    // Prefix entries go by themselves.
    const prefixes = 2;
    assert.equal(await keys(), keysAfterOne + prefixes);
    await call("POST", `${path}/rewind`, { response_id: null });
    assert.deepEqual(await texts(id), []);
    await call("POST", `${path}/rewind`, { response_id: first.id });
    assert.equal((await call("GET", `${path}/branches`)).data.length, 1);
    await call("DELETE", path);
    assert.equal(await keys(), 3, "only prefixes are left");
  });

  it("is unknown to other tenants on every route", async () => {
    const h = harness({ keys: ["a", "b"] });
    const as = (key: string, method: string, path: string, body?: object) =>
      h.app.request(path, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const { id } = await (await as("a", "POST", "/v1/conversations", {})).json();
    const response = await as("a", "POST", "/v1/responses", responseBody({ conversation: id }));
    const { id: responseId } = await response.json();
    const path = `/v1/conversations/${id}`;
    const unknown = `/v1/conversations/conv_${"f".repeat(48)}`;
    for (
      const [method, below, body] of [
        ["GET", "", undefined],
        ["POST", "", { metadata: {} }],
        ["DELETE", "", undefined],
        ["GET", "/items", undefined],
        ["POST", "/items", { items: [user("x")] }],
        ["GET", "/items/msg_1", undefined],
        ["DELETE", "/items/msg_1", undefined],
        ["POST", "/fork", {}],
        ["POST", "/rewind", { response_id: null }],
        ["GET", "/branches", undefined],
        ["DELETE", "/branches/resp_1", undefined],
      ] as const
    ) {
      const foreign = await errorOf(await as("b", method, path + below, body), 404);
      const missing = await errorOf(await as("b", method, unknown + below, body), 404);
      assert.deepEqual(foreign, missing, `${method} ${below}`);
    }
    for (
      const [method, below] of [["GET", ""], ["DELETE", ""], ["POST", "/cancel"], [
        "GET",
        "/input_items",
      ]]
    ) {
      const error = await as("b", method!, `/v1/responses/${responseId}${below}`);
      assert.equal((await errorOf(error, 404)).code, "response_not_found");
    }
    const say = await as("b", "POST", "/v1/responses", responseBody({ conversation: id }));
    assert.equal((await errorOf(say, 404)).code, "conversation_not_found");
    assert.equal((await as("a", "GET", path)).status, 200);
  });

  it("refuses what it does not take, by name", async () => {
    const { call, refused } = client({ strict: true });
    const { id } = await call("POST", "/v1/conversations", {});
    const path = `/v1/conversations/${id}`;
    for (
      const [below, body, param] of [
        ["", {}, "metadata"],
        ["", { metadata: { a: 1 } }, "metadata.a"],
        ["/items", { items: [] }, "items"],
        ["/items", { items: [{ role: "tool", content: "x" }] }, "items[0].role"],
        ["/items", { items: Array(21).fill(user("x")) }, "items"],
        ["/items", { items: [user("x")], include: ["x"] }, "include"],
        ["/fork", { response_id: "../x" }, "response_id"],
        ["/fork", { at: 1 }, "at"],
        ["/rewind", {}, "response_id"],
      ] as const
    ) {
      assert.equal((await refused(400, "POST", path + below, body)).param, param);
    }
  });
});
