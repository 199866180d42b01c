import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { harness, nthId, responseBody } from "./harness.ts";

const PATH = "/v1/responses";
const USER = { role: "user", content: "Hi" };
const ANSWER = { role: "assistant", content: "Hello" };

describe("/v1/responses/input_tokens", () => {
  const COUNT = `${PATH}/input_tokens`;

  it("counts what a response would read", async () => {
    const { post } = harness();
    const first = await (await post(PATH, responseBody())).json();
    const { id } = await (await post("/v1/conversations", { items: [USER, USER] })).json();
    for (
      const [body, tokens] of [
        [{ input: "four" }, 4],
        [{ input: [USER, ANSWER] }, 7],
        [{ model: "tern-test", input: "four", tools: null, truncation: "auto" }, 4],
        [{ previous_response_id: first.id }, 0],
        [{ conversation: id }, 4],
        [{ conversation: { id }, input: "four" }, 8],
      ] as const
    ) {
      const reply = await post(COUNT, body);
      assert.deepEqual(await reply.json(), {
        object: "response.input_tokens",
        input_tokens: tokens,
      });
    }
  });

  for (
    const [body, status, param] of [
      [{}, 400, "input"],
      [{ input: "" }, 400, "input"],
      [{ input: [] }, 400, "input"],
      [{ input: [{ role: "robot", content: "a" }] }, 400, "input[0].role"],
      [{ input: "a", model: 1 }, 400, "model"],
      [{ input: "a", model: "gpt-5" }, 404, "model"],
      [{ input: "a", store: true }, 400, "store"],
      [{ input: "a", personality: "pragmatic" }, 400, "personality"],
      [{ input: "a", tools: [{ type: "mcp" }] }, 400, "tools[0].type"],
      [{ input: "a", tool_choice: "required" }, 400, "tool_choice"],
      [{ input: "a", previous_response_id: "resp_1" }, 404, "previous_response_id"],
      [{ input: "a", conversation: "conv_1" }, 404, "conversation"],
      [
        { input: "a", conversation: "conv_1", previous_response_id: "resp_1" },
        400,
        "conversation",
      ],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(body)}`, async () => {
      const { post } = harness({ strict: true });
      assert.equal((await errorOf(await post(COUNT, body), status)).param, param);
    });
  }
});

describe("/v1/responses/compact", () => {
  const COMPACT = `${PATH}/compact`;
  const body = (fields: object = {}) => ({ model: "tern-test", ...fields });

  it("reads all of it, and gives one item that stands for it", async () => {
    const { app, post, chat } = harness();
    const input = [USER, ANSWER];
    const made = await (await post(COMPACT, body({ input }))).json();
    const id = nthId("resp_", 2);
    const output = [{ type: "compaction", id: id.replace("resp", "cmp"), encrypted_content: id }];
    assert.deepEqual(made, {
      id,
      object: "response.compaction",
      created_at: 1_800_000_000,
      output,
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 10,
      },
    });
    assert.equal(chat.request.readOnly, true);
    assert.deepEqual(chat.request.messages.map(({ text }) => text), ["Hi", "Hello"]);

    const shown = await (await app.request(`${PATH}/${id}`)).json();
    assert.deepEqual([shown.status, shown.output], ["completed", output]);
    const streamed = await (await app.request(`${PATH}/${id}?stream=true`)).text();
    assert.match(streamed, /output_item.added[^]*output_item.done[^]*response.completed/);

    for (const store of [true, false]) {
      const input = [...output, { role: "user", content: "And?" }];
      const next = await (await post(PATH, responseBody({ input, store }))).json();
      assert.equal(next.status, "completed");
      assert.equal(next.previous_response_id, null);
      assert.equal(chat.request.previous, id);
      assert.deepEqual(chat.request.messages.map(({ text }) => text), ["And?"]);
    }
    await app.request(`${PATH}/${id}`, { method: "DELETE" });
    const gone = await post(PATH, responseBody({ input: [...output, USER] }));
    assert.equal((await errorOf(gone, 404)).code, "previous_response_not_found");
  });

  it("keeps to the instructions and tools that were read, unless others are given", async () => {
    const { post, chat } = harness();
    const tools = [{ type: "function", name: "f" }];
    const first = await (await post(PATH, responseBody({ instructions: "Be kind.", tools })))
      .json();
    const { instructions } = chat.request;
    assert(instructions?.startsWith("Be kind."));
    await post(COMPACT, body({ previous_response_id: first.id }));
    assert.deepEqual([chat.request.previous, chat.request.messages], [first.id, []]);
    assert.equal(chat.request.instructions, instructions);
    await post(COMPACT, body({ previous_response_id: first.id, instructions: "Be brief." }));
    assert.equal(chat.request.instructions, "Be brief.");
  });

  it("is another tenant's to no one", async () => {
    const { post } = harness({ keys: ["sk-a", "sk-b"] });
    const as = (key: string) => ({
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    });
    const { output } = await (await post(COMPACT, body({ input: "Hi" }), as("sk-a"))).json();
    const input = [...output, USER];
    assert.equal((await post(PATH, responseBody({ input }), as("sk-a"))).status, 200);
    await errorOf(await post(PATH, responseBody({ input }), as("sk-b")), 404);
  });

  for (
    const [fields, status, param] of [
      [{}, 400, "input"],
      [{ model: undefined, input: "a" }, 400, "model"],
      [{ model: "gpt-5", input: "a" }, 404, "model"],
      [{ input: [] }, 400, "input"],
      [{ input: "a", instructions: 1 }, 400, "instructions"],
      [{ input: "a", tools: {} }, 400, "tools"],
      [{ input: "a", stream: true }, 400, "stream"],
      [{ input: "a", prompt_cache_key: 1 }, 400, "prompt_cache_key"],
      [{ previous_response_id: "resp_1" }, 404, "previous_response_id"],
      [{ previous_response_id: 1 }, 400, "previous_response_id"],
      [
        { input: [USER, { type: "compaction", encrypted_content: nthId("resp_", 1) }] },
        400,
        "input[1].type",
      ],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(fields)}`, async () => {
      const { post } = harness({ strict: true });
      assert.equal((await errorOf(await post(COMPACT, body(fields)), status)).param, param);
    });
  }
});
