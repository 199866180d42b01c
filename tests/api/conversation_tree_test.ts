import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { server, StandingClock } from "../faults/world.ts";

interface TreeObject {
  readonly head: string | null;
  readonly running: string | null;
  readonly pending: readonly { readonly role?: string }[];
  readonly data: readonly {
    readonly id: string;
    readonly parent: string | null;
    readonly status: string;
    readonly tokens: number;
    readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
    readonly instructions: string | null;
    readonly items: readonly {
      readonly type: string;
      readonly role: string;
      readonly content: readonly { readonly text: string }[];
    }[];
  }[];
}

/** A conversation on a server with a model that costs nothing. */
async function conversation() {
  const { ask, responses } = server(new MemoryStore(), new StandingClock());
  const json = async (method: string, path: string, body?: unknown) => {
    const reply = await ask(method, path, body);
    assert.equal(reply.status, 200, path);
    return await reply.json();
  };
  const { id } = await json("POST", "/v1/conversations", {});
  const path = `/v1/conversations/${id}`;
  return {
    ask,
    path,
    responses,
    tree: (): Promise<TreeObject> => json("GET", `${path}/tree`),
    rewind: (response: string | null) => json("POST", `${path}/rewind`, { response_id: response }),
    say: async (input: string, fields: object = {}): Promise<string> => {
      const body = { model: "hash", input, conversation: id, max_output_tokens: 4, ...fields };
      return (await json("POST", "/v1/responses", body)).id;
    },
    json,
  };
}

describe("GET /v1/conversations/{id}/tree", () => {
  it("is empty before anything is said", async () => {
    const { tree } = await conversation();
    const { head, running, pending, data } = await tree();
    assert.deepEqual({ head, running, pending, data }, {
      head: null,
      running: null,
      pending: [],
      data: [],
    });
  });

  it("has every response once, after the one that it continues", async () => {
    const { say, rewind, tree } = await conversation();
    const first = await say("one", { instructions: "Be brief." });
    const second = await say("two", { instructions: "Be brief." });
    await rewind(first);
    const other = await say("other");
    await rewind(null);
    const root = await say("root");
    const { head, data } = await tree();
    assert.equal(head, root);
    const parents = Object.fromEntries(data.map(({ id, parent }) => [id, parent]));
    assert.deepEqual(parents, { [root]: null, [first]: null, [other]: first, [second]: first });
    assert.equal(data.length, 4);
    const order = data.map(({ id }) => id);
    for (const { id, parent } of data) {
      if (parent !== null) assert.ok(order.indexOf(parent) < order.indexOf(id));
    }
    const node = data.find(({ id }) => id === second)!;
    assert.equal(node.instructions, "Be brief.");
    assert.deepEqual(node.items.map(({ role }) => role), ["user", "assistant"]);
    assert.equal(node.items[0]!.content[0]!.text, "two");
    assert.equal(node.tokens, node.usage.input_tokens + node.usage.output_tokens);
  });

  it("tells an answer that was cut off by its limit from a whole one", async () => {
    const { say, tree } = await conversation();
    await say("long", { max_output_tokens: 1, ignore_eos: true });
    assert.equal((await tree()).data[0]!.status, "incomplete");
  });

  it("has what no response has read", async () => {
    const { json, path, tree } = await conversation();
    await json("POST", `${path}/items`, { items: [{ role: "user", content: "Hi" }] });
    const { pending, data } = await tree();
    assert.deepEqual([pending.map(({ role }) => role), data], [["user"], []]);
  });

  it("keeps a deleted response that others continue", async () => {
    const { ask, say, tree } = await conversation();
    const first = await say("one");
    const second = await say("two");
    await ask("DELETE", `/v1/responses/${first}`);
    const { data } = await tree();
    assert.deepEqual(data.map(({ id }) => id), [first, second]);
  });

  it("refuses unknown parameters and unknown conversations", async () => {
    const { ask, path } = await conversation();
    assert.equal((await ask("GET", `${path}/tree?depth=1`)).status, 400);
    const unknown = path.replace(/[0-9a-f]{48}$/, "0".repeat(48));
    assert.equal((await ask("GET", `${unknown}/tree`)).status, 404);
  });
});

describe("GET /v1/responses/{id}/state", () => {
  it("has the same size however much was read", async () => {
    const { say, json } = await conversation();
    const sizes = new Set<number>();
    let tokens = 0;
    for (const text of ["Hi", "A much longer text. ".repeat(20)]) {
      const state = await json("GET", `/v1/responses/${await say(text)}/state`);
      assert.ok(state.tokens > tokens);
      tokens = state.tokens;
      sizes.add(state.bytes);
      for (const row of [...state.wkv, ...state.shift]) {
        for (const value of row) assert.ok(Number.isFinite(value) && value >= 0);
      }
      assert.equal(state.wkv.length, state.shift.length);
    }
    assert.equal(sizes.size, 1);
  });

  it("is not found for a response that there is not, or that was deleted", async () => {
    const { ask, say } = await conversation();
    const id = await say("Hi");
    await ask("DELETE", `/v1/responses/${id}`);
    const reply = await ask("GET", `/v1/responses/${id}/state`);
    assert.equal(reply.status, 404);
    assert.equal((await reply.json()).error.code, "response_not_found");
  });
});
