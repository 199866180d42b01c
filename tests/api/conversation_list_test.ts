import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

/** An app with a client of one key. */
function world(key = "a") {
  const parts = harness({ keys: ["a", "b"] });
  const { app, time } = parts;
  const call = async (method: string, path: string, body?: unknown, as = key) =>
    await app.request(path, {
      method,
      headers: { authorization: `Bearer ${as}`, "content-type": "application/json" },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
  const json = async (method: string, path: string, body?: unknown, as = key) => {
    const reply = await call(method, path, body, as);
    const text = await reply.text();
    assert.equal(reply.status, 200, text);
    return JSON.parse(text);
  };
  const begin = async (body: object = {}) => {
    time.now += 1_000;
    return await json("POST", "/v1/conversations", body);
  };
  const titles = async (query = ""): Promise<(string | null)[]> => {
    const { data } = await json("GET", `/v1/conversations${query}`);
    return data.map(({ title }: { title: string | null }) => title);
  };
  return { ...parts, call, json, begin, titles };
}

describe("the list of conversations", () => {
  it("says what each is called, and when something was last said in it", async () => {
    const { json, begin, titles, time } = world();
    const swifts = await begin({ title: "Swifts", metadata: { topic: "birds" } });
    assert.equal(swifts.title, "Swifts");
    const untitled = await begin();
    assert.equal(untitled.title, null);
    await begin({ items: [{ role: "user", content: "What  flies?\nTell me." }] });
    await begin({ metadata: { title: "From metadata" } });
    assert.deepEqual(await titles(), ["From metadata", "What flies? Tell me.", null, "Swifts"]);

    time.now += 5_000;
    await json("POST", "/v1/responses", responseBody({ conversation: swifts.id }));
    await json("POST", "/v1/responses", responseBody({ conversation: untitled.id }));
    const { data, has_more, next, first_id, object } = await json("GET", "/v1/conversations");
    assert.deepEqual([has_more, next, object], [false, null, "list"]);
    assert.equal(first_id, data[0].id);
    assert.deepEqual(
      data.slice(0, 2).map(({ title }: { title: string }) => title).toSorted(),
      ["Hi", "Swifts"],
    );
    assert.equal(data[0].updated_at, Math.floor(time.now / 1000));
    assert.equal(data[0].object, "conversation");
    assert.deepEqual(data[0], await json("GET", `/v1/conversations/${data[0].id}`));
  });

  it("comes in pages, forwards and backwards", async () => {
    const { json, begin, titles } = world();
    for (const title of ["1", "2", "3", "4", "5"]) await begin({ title });
    assert.deepEqual(await titles("?limit=2"), ["5", "4"]);
    assert.deepEqual(await titles("?limit=2&order=asc"), ["1", "2"]);
    const { last_id, next, has_more } = await json("GET", "/v1/conversations?limit=2");
    assert.equal(has_more, true);
    for (const after of [last_id, next]) {
      assert.deepEqual(await titles(`?limit=9&after=${after}`), ["3", "2", "1"]);
    }
  });

  it("is searched, in upper and lower case", async () => {
    const { begin, titles } = world();
    await begin({ title: "On Swifts" });
    await begin({ metadata: { note: "swift parrots" } });
    await begin({ title: "Penguins" });
    assert.deepEqual(await titles("?q=SWIFT"), [null, "On Swifts"]);
    assert.deepEqual(await titles("?q=swift%20p"), [null]);
    assert.deepEqual(await titles("?q="), ["Penguins", null, "On Swifts"]);
  });

  it("knows a conversation by its new title", async () => {
    const { json, begin, titles } = world();
    const { id } = await begin({ title: "Draft", metadata: { a: "b" } });
    const renamed = await json("POST", `/v1/conversations/${id}`, { title: "  Final " });
    assert.deepEqual([renamed.title, renamed.metadata], ["Final", { a: "b" }]);
    const changed = await json("POST", `/v1/conversations/${id}`, { metadata: { c: "d" } });
    assert.deepEqual([changed.title, changed.metadata], ["Final", { c: "d" }]);
    assert.deepEqual(await titles("?q=draft"), []);
    assert.equal((await json("POST", `/v1/conversations/${id}`, { title: null })).title, null);
    const fork = await json("POST", `/v1/conversations/${id}/fork`, { title: "Visitor 1" });
    assert.equal(fork.title, "Visitor 1");
    const second = await json("POST", `/v1/conversations/${fork.id}/fork`, {});
    assert.equal(second.title, "Visitor 1");
    const blank = await json("POST", `/v1/conversations/${fork.id}/fork`, { title: " " });
    assert.equal(blank.title, null);
    for (const { id } of [second, blank]) await json("DELETE", `/v1/conversations/${id}`);
    await json("DELETE", `/v1/conversations/${id}`);
    assert.deepEqual(await titles(), ["Visitor 1"]);
  });

  it("is each tenant's own", async () => {
    const { json, begin, call } = world();
    const { id } = await begin({ title: "Mine" });
    assert.deepEqual((await json("GET", "/v1/conversations", undefined, "b")).data, []);
    const reply = await call("GET", `/v1/conversations?after=${id}`, undefined, "b");
    assert.equal((await errorOf(reply, 400)).param, "after");
  });

  it("refuses what it does not take, by name", async () => {
    const { call, begin } = world();
    for (
      const [query, param] of [
        ["limit=0", "limit"],
        ["limit=101", "limit"],
        ["order=up", "order"],
        ["after=conv_1", "after"],
        [`q=${"x".repeat(201)}`, "q"],
        ["page=2", "page"],
      ] as const
    ) {
      const reply = await call("GET", `/v1/conversations?${query}`);
      assert.equal((await errorOf(reply, 400)).param, param, query);
    }
    const { id } = await begin();
    for (const body of [{}, { title: "x".repeat(201) }, { title: 1 }]) {
      const { param } = await errorOf(await call("POST", `/v1/conversations/${id}`, body), 400);
      assert.equal(param, "title" in body ? "title" : "metadata");
    }
  });
});
