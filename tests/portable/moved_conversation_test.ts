import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { countedUsage, recountUsage } from "../../src/cleanup/recount.ts";
import { unpackJson } from "../../src/records/packed_json.ts";
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { deploy, type Deployment, loadModel, type Model } from "../assembled_model.ts";

const FILE_TYPE = "application/vnd.tern.conversation";

async function json(reply: Response) {
  const body = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(body));
  return body;
}

describe("a conversation moved to another server", () => {
  let model: Model;

  beforeAll(async () => {
    model = await loadModel();
  });

  afterAll(() => model.inference.close());

  const begin = async (server: Deployment) => {
    const { id } = await json(await server.post("/v1/conversations", {}));
    for (const input of ["Hi! My name is Sarah.", "I have a dog called Rex."]) {
      const request = { model: "tern-7m", conversation: id, input, max_output_tokens: 16, seed: 3 };
      await json(await server.post("/v1/responses", request));
    }
    return { id, file: await server.call("alpha", "GET", `/v1/conversations/${id}/export`) };
  };
  const import_ = (server: Deployment, file: Response, query = "") =>
    server.call("beta", "POST", `/v1/conversations/import${query}`, {
      headers: { "content-type": FILE_TYPE },
      body: file.body,
    });
  /** Sampled with a seed, at a temperature at which a different state would change the answer. */
  const next = (conversation: string) => ({
    model: "tern-7m",
    conversation,
    input: "What is my name, and what is the name of my dog?",
    temperature: 1.2,
    top_p: 1,
    seed: 7,
    max_output_tokens: 48,
  });

  for (const Store of [SqliteStore, DenoKvStore]) {
    it(`continues in ${Store.name} with the same tokens, reading only the new message`, () =>
      moves(Store));
  }

  const moves = async (Store: typeof SqliteStore | typeof DenoKvStore) => {
    const here = deploy(model);
    const store = await Store.open(":memory:");
    const there = deploy(model, { store });
    try {
      const { id, file } = await begin(here);
      const moved = await json(await import_(there, file));
      const stayed = await json(await here.post("/v1/responses", next(id)));
      const went = await json(await there.post("/v1/responses", next(moved.id), "beta"));
      assert.deepEqual(went.output[0].content, stayed.output[0].content);
      assert.deepEqual(went.usage, stayed.usage);
      assert(went.usage.input_tokens_details.cached_tokens > 40, JSON.stringify(went.usage));
    } finally {
      await store.close();
    }
  };

  it("continues a response whose state was thinned out, with the same tokens", async () => {
    const here = deploy(model);
    const store = new MemoryStore();
    const there = deploy(model, { store });
    const { id } = await json(await here.post("/v1/conversations", {}));
    const ids: string[] = [];
    for (const input of ["Hi! My name is Sarah.", "I have a dog, Rex.", "And?", "Well?", "So?"]) {
      const request = { model: "tern-7m", conversation: id, input, max_output_tokens: 8, seed: 3 };
      ids.push((await json(await here.post("/v1/responses", request))).id);
    }
    const file = await here.call("alpha", "GET", `/v1/conversations/${id}/export`);
    const moved = await json(await import_(there, file));
    const nodes = (await Array.fromAsync(store.list([])))
      .filter(({ key }) => key[1] === "node")
      .map(({ value }) => JSON.parse(unpackJson(value.subarray(4))))
      .sort((a, b) => a.tokens - b.tokens);
    const states = (await Array.fromAsync(store.list([]))).filter(({ key }) =>
      key[1] === "manifest"
    );
    assert.equal(nodes.length, 5);
    assert.equal(states.length, 3, "the states after turns 2, 4 and 5 are kept");
    const post = async (server: Deployment, tenant: "alpha" | "beta", path: string, body: object) =>
      await json(
        await server.call(tenant, "POST", path, {
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    const from = async (server: Deployment, tenant: "alpha" | "beta", talk: string, at: string) => {
      const path = `/v1/conversations/${talk}/fork`;
      const fork = await post(server, tenant, path, { response_id: at });
      const { output, usage } = await post(server, tenant, "/v1/responses", next(fork.id));
      return [output[0].content[0].text, usage.input_tokens];
    };
    for (const [turn, response] of ids.entries()) {
      assert.deepEqual(
        await from(there, "beta", moved.id, nodes[turn].id),
        await from(here, "alpha", id, response),
        `turn ${turn + 1}`,
      );
    }
  });

  it("of which every state was kept is thinned out as it goes on, with the same tokens", async () => {
    const here = deploy(model, { env: { TERN_KEPT_STATES: "all" } });
    const store = new MemoryStore();
    const there = deploy(model, { store });
    const { id } = await json(await here.post("/v1/conversations", {}));
    const say = async (server: Deployment, key: "alpha" | "beta", conversation: string) => {
      const request = { model: "tern-7m", conversation, input: "Hi!", max_output_tokens: 2 };
      return (await json(await server.post("/v1/responses", { ...request, seed: 1 }, key))).id;
    };
    for (let n = 0; n < 12; n++) await say(here, "alpha", id);
    const file = await here.call("alpha", "GET", `/v1/conversations/${id}/export`);
    const moved = await json(await import_(there, file));
    const countOf = async (kind: string) =>
      (await Array.fromAsync(store.list([]))).filter(({ key }) => key[1] === kind).length;
    assert.equal(await countOf("manifest"), 12);
    for (let n = 0; n < 4; n++) await say(there, "beta", moved.id);
    assert.equal(await countOf("manifest"), 5, "the states after turns 8, 12, 14, 15 and 16");
    for (let n = 0; n < 4; n++) await say(here, "alpha", id);
    const stayed = await json(await here.post("/v1/responses", next(id)));
    const went = await json(await there.post("/v1/responses", next(moved.id), "beta"));
    assert.deepEqual(went.output[0].content, stayed.output[0].content);
    const [{ key: [tenant] }] = await Array.fromAsync(store.list([])).then((entries) =>
      entries.filter(({ key }) => key[1] === "node")
    ) as [{ key: [string] }];
    assert.deepEqual(await countedUsage(store, tenant), await recountUsage(store, tenant));
  });

  it("of another model is read again from its messages, once", async () => {
    const { file } = await begin(deploy(model));
    const bytes = await file.arrayBuffer();
    for (const query of ["", "?reread=true"]) {
      const there = deploy(model, { otherModel: true });
      const moved = await json(await import_(there, new Response(bytes), query));
      const went = await json(await there.post("/v1/responses", next(moved.id), "beta"));
      assert.equal(went.usage.input_tokens_details.cached_tokens, 0);
      assert(went.usage.input_tokens > 40, JSON.stringify(went.usage));
      const again = await json(await there.post("/v1/responses", next(moved.id), "beta"));
      assert.equal(
        again.usage.input_tokens_details.cached_tokens,
        went.usage.total_tokens,
        JSON.stringify(again.usage),
      );
    }
  });

  describe("in the middle of an answer", () => {
    const long = {
      model: "tern-7m",
      seed: 5,
      temperature: 1,
      min_tokens: 2_000,
      max_output_tokens: 2_000,
    };
    const TOOL = {
      type: "function",
      name: "get_weather",
      parameters: {
        type: "object",
        properties: { city: { type: "string", minLength: 4_000, maxLength: 4_100 } },
        required: ["city"],
      },
    };
    const FORMS = {
      "in text": {},
      "in JSON": {
        text: {
          format: {
            type: "json_schema",
            name: "list",
            schema: { type: "array", items: { type: "string" }, minItems: 400, maxItems: 400 },
          },
        },
      },
      "in a call": { tools: [TOOL], tool_choice: "required" },
    };

    /** A conversation whose second answer is running, and the complete answer. */
    const beginAnswer = async (server: Deployment, form: object) => {
      const talk = async () => {
        const { id } = await json(await server.post("/v1/conversations", {}));
        const first = { ...next(id), max_output_tokens: 8, input: "My name is Sarah." };
        await json(await server.post("/v1/responses", first));
        return id;
      };
      const request = { ...long, ...form, input: "Tell me about the birds of Rome." };
      const whole = await json(
        await server.post("/v1/responses", { ...request, conversation: await talk() }),
      );
      const id = await talk();
      const reply = await server.post("/v1/responses", {
        ...request,
        conversation: id,
        stream: true,
        background: true,
      });
      for await (const _ of reply.body!) break; // it has begun
      const exported = await server.call(
        "alpha",
        "GET",
        `/v1/conversations/${id}/export?running=true`,
      );
      return { id, whole, file: await exported.bytes() };
    };
    const running = async (server: Deployment, tenant: "alpha" | "beta", id: string) =>
      (await json(await server.call(tenant, "GET", `/v1/conversations/${id}/tree`))).running;
    /** The response that is running, or the last one if it ended in the meantime. */
    const latest = async (server: Deployment, tenant: "alpha" | "beta", id: string) => {
      const tree = await json(await server.call(tenant, "GET", `/v1/conversations/${id}/tree`));
      return tree.running ?? tree.head;
    };
    /** The complete answer of a response. */
    const answerOf = async (server: Deployment, tenant: "alpha" | "beta", id: string) => {
      await (await server.call(tenant, "GET", `/v1/responses/${id}?stream=true`)).text();
      const { status, output } = await json(
        await server.call(tenant, "GET", `/v1/responses/${id}`),
      );
      return [
        status,
        output.map((item: { content?: unknown; arguments?: unknown }) =>
          item.content ?? item.arguments
        ),
      ];
    };

    for (const [name, form] of Object.entries(FORMS)) {
      it(`${name}, continues with the same tokens on both servers`, async () => {
        const here = deploy(model);
        const store = await SqliteStore.open(":memory:");
        const there = deploy(model, { store });
        try {
          const { id, whole, file } = await beginAnswer(here, form);
          const paused = await running(here, "alpha", id);
          assert.ok(paused, "it ended before the export");
          const moved = await json(await import_(there, new Response(file)));
          const response = await latest(there, "beta", moved.id);
          const expected = [
            whole.status,
            whole.output.map((item: { content?: unknown; arguments?: unknown }) =>
              item.content ?? item.arguments
            ),
          ];
          assert.deepEqual(await answerOf(there, "beta", response), expected);
          assert.deepEqual(await answerOf(here, "alpha", paused), expected);
          const after = async (server: Deployment, tenant: "alpha" | "beta", id: string) =>
            (await json(await server.post("/v1/responses", next(id), tenant))).output[0].content;
          if (!("tools" in form)) {
            assert.deepEqual(await after(there, "beta", moved.id), await after(here, "alpha", id));
          }
        } finally {
          await store.close();
        }
      });
    }

    it("of another model, is answered again", async () => {
      const { file } = await beginAnswer(deploy(model), {});
      for (const query of ["", "?reread=true"]) {
        const there = deploy(model, { otherModel: true });
        const moved = await json(await import_(there, new Response(file), query));
        assert.equal(await running(there, "beta", moved.id), null);
        const { data } = await json(
          await there.call("beta", "GET", `/v1/conversations/${moved.id}/items?order=asc`),
        );
        assert.equal(data.at(-1).content[0].text, "Tell me about the birds of Rome.");
        const went = await json(
          await there.post("/v1/responses", { model: "tern-7m", conversation: moved.id }, "beta"),
        );
        assert.equal(went.status, "completed");
      }
    });

    it("counts toward the quota, and is deleted with its conversation", async () => {
      const { file } = await beginAnswer(deploy(model), {});
      const store = new MemoryStore();
      const tight = deploy(model, { store, env: { TERN_MAX_RESPONSES: "1" } });
      const refused = await import_(tight, new Response(file));
      assert.equal(refused.status, 429, await refused.text());
      const there = deploy(model, { store });
      const moved = await json(await import_(there, new Response(file)));
      await json(await there.call("beta", "DELETE", `/v1/conversations/${moved.id}`));
      await there.responses.sweep();
      const left = (await Array.fromAsync(store.list([]))).map(({ key }) => key.join("/"));
      assert.deepEqual(left.filter((key) => /run|lease|node|log|head/.test(key)), []);
      const usage = await json(await there.call("beta", "GET", "/v1/usage"));
      assert.equal(usage.stored.bytes, 0, JSON.stringify(usage));
    });
  });
});
