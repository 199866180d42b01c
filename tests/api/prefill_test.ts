import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { errorOf } from "../error_of.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

const user = { role: "user", content: "Who are you?" };
const begun = { role: "assistant", content: "I am " };
const MESSAGES = [
  { role: "user", text: "Who are you?" },
  { role: "assistant", text: "I am " },
];
const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
const tools = [{ type: "function", function: { name: "f" } }];

describe("a chat completion whose last message is the assistant's", () => {
  const path = "/v1/chat/completions";

  for (
    const [fields, newAnswer] of [
      [{}, undefined],
      [{ continue_final_message: true, add_generation_prompt: false }, undefined],
      [{ add_generation_prompt: false }, undefined],
      [{ continue_final_message: null, add_generation_prompt: null }, undefined],
      [{ messages: [user, { ...begun, prefix: true }] }, undefined],
      [{ continue_final_message: false }, true],
      [{ continue_final_message: false, add_generation_prompt: true }, true],
      [{ add_generation_prompt: true }, true],
    ] as const
  ) {
    const what = newAnswer ? "is followed by an answer of its own" : "is continued";
    it(`${what}: ${JSON.stringify(fields)}`, async () => {
      const { post, chat } = harness({ script: { pieces: ["a model"] } });
      const body = chatBody({ messages: [user, begun], ...fields });
      const reply = await (await post(path, body)).json();
      assert.equal(reply.choices[0].message.content, "a model");
      assert.deepEqual(chat.request.messages, MESSAGES);
      assert.equal(chat.request.newAnswer, newAnswer);
    });
  }

  it("gives each choice the same beginning, streamed or not", async () => {
    for (const stream of [false, true]) {
      const { post, chat } = harness();
      await (await post(path, chatBody({ messages: [user, begun], n: 2, stream }))).text();
      assert.deepEqual(chat.requests.map(({ messages }) => messages), [MESSAGES, MESSAGES]);
    }
  });

  it("lets a schema hold from its beginning, and calls come after it", async () => {
    const { post, chat } = harness({ script: { pieces: ["{}"] } });
    const messages = [user, begun];
    const response_format = { type: "json_object" };
    assert.equal((await post(path, chatBody({ messages, response_format }))).status, 200);
    assert.equal(chat.request.grammarFrom, "answer");
    assert.equal((await post(path, chatBody({ messages, tools }))).status, 200);
    assert.equal(chat.request.grammarFrom, "continuation");
  });

  for (
    const [fields, param] of [
      [{ continue_final_message: true, add_generation_prompt: true }, "add_generation_prompt"],
      [{ messages: [user], continue_final_message: true }, "continue_final_message"],
      [{ messages: [user], add_generation_prompt: false }, "add_generation_prompt"],
      [{ messages: [user, { role: "assistant", tool_calls: [call] }] }, "messages[1].tool_calls"],
      [
        {
          messages: [user, { role: "assistant", content: '<tool_call>{"na' }],
          tools,
          continue_final_message: true,
        },
        "messages[1].content",
      ],
    ] as const
  ) {
    it(`is refused with ${param} named: ${JSON.stringify(fields).slice(0, 80)}`, async () => {
      const { post } = harness({ strict: true });
      const error = await errorOf(
        await post(path, chatBody({ messages: [user, begun], ...fields })),
        400,
      );
      assert.deepEqual([error.param, error.code], [param, "invalid_value"]);
    });
  }
});

describe("a response whose last input is the assistant's", () => {
  const path = "/v1/responses";

  it("adds an item that holds the continuation alone", async () => {
    const { post, app, chat } = harness({ script: { pieces: ["a", " model"] } });
    const reply = await (await post(path, responseBody({ input: [user, begun] }))).json();
    assert.deepEqual(reply.output.map((item: { content: unknown[] }) => item.content), [
      [{ type: "output_text", text: "a model", annotations: [], logprobs: [] }],
    ]);
    assert.deepEqual(chat.request.messages, MESSAGES);
    const items = await (await app.request(`${path}/${reply.id}/input_items?order=asc`)).json();
    assert.deepEqual(items.data.map(({ role }: { role: string }) => role), ["user", "assistant"]);
  });

  it("may name what a response gave out", async () => {
    const { post, chat } = harness();
    const { output: [{ id }] } = await (await post(path, responseBody())).json();
    const input = [user, { type: "item_reference", id }];
    assert.equal((await post(path, responseBody({ input }))).status, 200);
    assert.deepEqual(chat.request.messages, [
      MESSAGES[0],
      { role: "assistant", text: "Hello, world" },
    ]);
  });

  it("needs no input where there is an answer to continue", async () => {
    const { post, chat } = harness();
    const { id } = await (await post(path, responseBody())).json();
    const conversation = (await (await post("/v1/conversations", {})).json()).id;
    for (
      const fields of [
        { previous_response_id: id },
        { previous_response_id: id, input: [] },
        { previous_response_id: id, input: null, store: false },
        { conversation },
      ]
    ) {
      const reply = await post(path, { model: "tern-test", ...fields });
      assert.equal(reply.status, 200, await reply.text());
      assert.deepEqual(chat.request.messages, []);
    }
    const error = await errorOf(await post(path, { model: "tern-test", input: [] }), 400);
    assert.equal(error.param, "input");
  });

  for (
    const input of [
      [user, { type: "function_call", call_id: "c", name: "f", arguments: "{}" }],
      [user, { role: "assistant", content: "<tool_call>" }],
    ]
  ) {
    it(`is refused where it calls: ${JSON.stringify(input[1])}`, async () => {
      const { post } = harness();
      const tools = [{ type: "function", name: "f" }];
      const error = await errorOf(await post(path, responseBody({ input, tools })), 400);
      assert.match(error.param!, /^input\[1\]/);
    });
  }
});
