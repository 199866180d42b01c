import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { chatTemplate } from "../../src/prompt/template.ts";
import type { AskedOpening, Effort } from "../../src/prompt/thinking.ts";
import { TOOL_FORMATS, writeCalls } from "../../src/prompt/tool_format.ts";
import { errorOf } from "../error_of.ts";
import type { FakeScript } from "./fake_chat_service.ts";
import { chatBody, chunksOf, harness, responseBody } from "./harness.ts";

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";
const PIECES = ["<think", ">\nTwo ", "and two.\n</th", "ink>", "\n\n", "Fo", "ur."];
const USAGE = { prompt: 7, cached: 4, completion: 9, thoughts: 6 };
const TOOLS = [{
  name: "add",
  parameters: { type: "object", properties: { a: { type: "integer" } } },
}];
const CALLS = [{ name: "add", arguments: '{"a":1}' }, { name: "add", arguments: '{"a":2}' }];

/** A server of a model that thinks. */
function thinking(script: FakeScript = {}, effort: Effort = "off", strict = false) {
  const server = harness({ script: { pieces: PIECES, usage: USAGE, ...script }, strict });
  server.chat.template = chatTemplate("rwkv_g1");
  server.chat.effort = effort;
  return server;
}

/** The same request in the words of both interfaces. */
const said = (words: object): readonly (readonly [string, object])[] => [
  [CHAT, chatBody(words)],
  [RESPONSES, responseBody(words)],
];

describe("how much a model is to think", () => {
  const ways: readonly (readonly [object, AskedOpening | undefined, Effort?])[] = [
    [{}, undefined],
    [{}, { effort: "medium" }, "medium"],
    [{}, { effort: "none" }, "none"],
    ...Object.entries(
      {
        none: "none",
        minimal: "none",
        low: "low",
        medium: "medium",
        high: "high",
        xhigh: "high",
        HIGH: "high",
        max: "high",
        off: "none",
      } as const,
    ).flatMap(([word, effort]) =>
      [
        [{ reasoning_effort: word }, { effort }],
        [{ reasoning: { effort: word } }, { effort }],
        [{ think: word }, { effort }],
        [{ chat_template_kwargs: { reasoning_effort: word } }, { effort }],
      ] as const
    ),
    [{ reasoning_effort: "default" }, undefined],
    ...[
      { think: true },
      { enable_thinking: true },
      { thinking: true },
      { thinking: { type: "enabled" } },
      { chat_template_kwargs: { enable_thinking: true } },
      { chat_template_kwargs: { thinking: true } },
      { extra_body: { chat_template_kwargs: { enable_thinking: true } } },
    ].flatMap((words) => [
      [words, { effort: "any" }] as const,
      [words, { effort: "low" }, "low"] as const,
    ]),
    ...[
      { think: false },
      { enable_thinking: false },
      { thinking: { type: "disabled" } },
      { chat_template_kwargs: { enable_thinking: false } },
      { reasoning_effort: "high", think: false },
    ].map((words) => [words, { effort: "none" }, "high"] as const),
    ...[
      { thinking: { type: "enabled", budget_tokens: 50 } },
      { thinking_budget: 50 },
      { reasoning: { max_tokens: 50 } },
      { chat_template_kwargs: { thinking_budget: 50 } },
    ].map((words) => [words, { effort: "any", maxThoughts: 50 }] as const),
    [{ reasoning_effort: "low", thinking_token_budget: 50 }, { effort: "low", maxThoughts: 50 }],
    [{ think: true, thinking_budget: 0 }, { effort: "none", maxThoughts: 0 }],
  ];
  for (const [words, opening, byDefault] of ways) {
    it(`is as it is asked: ${JSON.stringify(words)}, by default ${byDefault ?? "off"}`, async () => {
      for (const [path, body] of said(words)) {
        const { post, chat } = thinking({}, byDefault);
        const reply = await post(path, body);
        assert.equal(reply.status, 200, await reply.text());
        assert.deepEqual(chat.request.opening, opening);
        assert.equal(reply.headers.get("tern-ignored"), null);
      }
    });
  }

  it("is said in OpenAI's words to a strict server", async () => {
    const { post, chat } = thinking({}, "off", true);
    assert.equal((await post(CHAT, chatBody({ reasoning_effort: "low" }))).status, 200);
    assert.deepEqual(chat.request.opening, { effort: "low" });
    assert.equal(
      (await post(RESPONSES, responseBody({ reasoning: { effort: "low" } }))).status,
      200,
    );
    assert.deepEqual(chat.request.opening, { effort: "low" });
    const { param } = await errorOf(await post(CHAT, chatBody({ think: true })), 400);
    assert.equal(param, "think");
  });

  it("is reported, or refused by a strict server, where a model has no thoughts", async () => {
    const words = [
      [{ reasoning_effort: "low" }, "reasoning_effort"],
      [{ think: true, thinking_budget: 5 }, "think, thinking_budget"],
      [{ thinking: { type: "enabled" } }, "thinking"],
      [{ chat_template_kwargs: { enable_thinking: true } }, "chat_template_kwargs"],
      [{ think: false, enable_thinking: false, reasoning_effort: "none" }, null],
    ] as const;
    for (const [fields, ignored] of words) {
      for (const [path, body] of said(fields)) {
        const { post, chat } = harness();
        const reply = await post(path, body);
        assert.equal(reply.status, 200);
        assert.equal(reply.headers.get("tern-ignored"), ignored);
        assert.equal(chat.request.opening, undefined);
      }
    }
    const { post } = harness({ strict: true });
    const thinks = { thinking: { type: "enabled" } };
    for (
      const [path, body, name] of [
        [CHAT, chatBody({ reasoning_effort: "low" }), "reasoning_effort"],
        [CHAT, chatBody(thinks), "reasoning_effort"],
        [RESPONSES, responseBody(thinks), "reasoning"],
      ] as const
    ) {
      const { param, code } = await errorOf(await post(path, body), 400);
      assert.deepEqual([param, code], [name, "unsupported_parameter"]);
    }
  });

  it("is reported where the answer goes on with a message", async () => {
    const begun = { role: "assistant", content: "The" };
    const user = { role: "user", content: "2+2?" };
    for (
      const [path, body, name] of [
        [CHAT, chatBody({ messages: [user, begun], think: true }), "think"],
        [
          RESPONSES,
          responseBody({ input: [user, begun], reasoning: { effort: "low" } }),
          "reasoning",
        ],
      ] as const
    ) {
      const { post, chat } = thinking();
      const reply = await post(path, body);
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get("tern-ignored"), name);
      assert.equal(chat.request.opening, undefined);
    }
  });

  it("names what of it nobody knows", async () => {
    for (
      const [fields, ignored] of [
        [{ reasoning_effort: "much" }, "reasoning_effort"],
        [{ reasoning: { effort: "low", summary: "detailed" } }, "reasoning.summary"],
        [{ chat_template_kwargs: { enable_thinking: true, x: 1 } }, "chat_template_kwargs.x"],
      ] as const
    ) {
      for (const [path, body] of said(fields)) {
        const reply = await thinking().post(path, body);
        assert.equal(reply.status, 200);
        assert.equal(reply.headers.get("tern-ignored"), ignored);
      }
    }
  });
});

describe("the thoughts of a chat completion", () => {
  it("are beside its content", async () => {
    const { choices: [choice], usage } = await (await thinking().post(CHAT, chatBody())).json();
    assert.equal(choice.message.content, "Four.");
    assert.equal(choice.message.reasoning_content, "Two and two.");
    assert.equal(usage.completion_tokens_details.reasoning_tokens, 6);
    const world = harness({ script: { pieces: PIECES } });
    const { choices: [plain] } = await (await world.post(CHAT, chatBody())).json();
    assert.equal(plain.message.content, PIECES.join(""));
    assert(!("reasoning_content" in plain.message));
  });

  it("come before its content in a stream", async () => {
    const body = chatBody({ stream: true, stream_options: { include_usage: true } });
    const chunks = (await chunksOf(await thinking().post(CHAT, body))).slice(0, -1)
      .map((chunk) => JSON.parse(chunk.slice("data: ".length)));
    const deltas = chunks.flatMap(({ choices: [choice] }) => choice ? [choice.delta] : []);
    assert.deepEqual(deltas.flatMap((delta) => delta.reasoning_content ?? []), [
      "Two",
      " and two.",
    ]);
    assert.equal(deltas.map(({ content = "" }) => content).join(""), "Four.");
    const last = deltas.findLastIndex((delta) => "reasoning_content" in delta);
    assert(deltas.slice(0, last).every(({ content }) => !content));
    assert.equal(chunks.at(-1).usage.completion_tokens_details.reasoning_tokens, 6);
  });

  it("are told apart from how likely the content was", async () => {
    const logprobs = PIECES.map((_, token) => [{ token, logprob: -1, top: [] }]);
    const { post } = thinking({ logprobs });
    const { choices: [choice] } = await (await post(CHAT, chatBody({ logprobs: true }))).json();
    const expected = logprobs.slice(4).flat().map(({ logprob }) => logprob);
    assert.deepEqual(choice.logprobs.content.map(({ logprob }: never) => logprob), expected);
    const chunks = (await chunksOf(
      await post(CHAT, chatBody({ logprobs: true, stream: true })),
    )).slice(0, -1).map((chunk) => JSON.parse(chunk.slice("data: ".length)).choices[0]);
    assert.equal(chunks.flatMap(({ logprobs }) => logprobs?.content ?? []).length, 3);
    const include = ["message.output_text.logprobs"];
    const { output } = await (await post(RESPONSES, responseBody({ include }))).json();
    assert.equal(output[1].content[0].logprobs.length, 3);
  });

  it("are kept with it, and come back without effect", async () => {
    const { post, app, chat } = thinking();
    const { id, choices: [{ message }] } = await (await post(CHAT, chatBody({ store: true })))
      .json();
    const kept = await (await app.request(`${CHAT}/${id}`)).json();
    assert.equal(kept.choices[0].message.reasoning_content, "Two and two.");
    for (const strict of [false, true]) {
      const server = strict ? thinking({}, "off", true) : { post, chat };
      const messages = [{ role: "user", content: "2+2?" }, message, { role: "user", content: "?" }];
      const reply = await server.post(CHAT, chatBody({ messages }));
      assert.equal(reply.status, 200, await reply.text());
      assert.equal(reply.headers.get("tern-ignored"), null);
      assert.deepEqual(server.chat.request.messages.map(({ text }) => text), [
        "2+2?",
        "Four.",
        "?",
      ]);
    }
  });

  it("come before calls, which are in the model's own form", async () => {
    const pieces = ["<think>", "add", "</think>\n", ...writeCalls(CALLS, TOOL_FORMATS.g1)];
    const { post, chat } = thinking({ pieces });
    const tools = TOOLS.map((fn) => ({ type: "function", function: fn }));
    const { choices: [choice] } = await (await post(CHAT, chatBody({ tools }))).json();
    assert.equal(choice.message.reasoning_content, "add");
    assert.equal(choice.message.content, null);
    assert.deepEqual(
      choice.message.tool_calls.map((call: { function: unknown }) => call.function),
      CALLS,
    );
    assert.equal(
      chat.request.messages[0]?.text,
      'Tools:\n[\n{"name":"add","arguments":{"a":{"type":"integer"}}}\n]',
    );
    assert.equal(chat.request.grammar?.callsOpen, "```json");
  });
});

describe("the thoughts of a response", () => {
  it("are an item before its message", async () => {
    const { post, app } = thinking();
    const made = await (await post(RESPONSES, responseBody({ reasoning: { effort: "low" } })))
      .json();
    const [thought, message, ...others] = made.output;
    assert.deepEqual(others, []);
    assert.deepEqual(thought, {
      type: "reasoning",
      id: made.id.replace("resp_", "rs_"),
      status: "completed",
      summary: [],
      content: [{ type: "reasoning_text", text: "Two and two." }],
      encrypted_content: null,
    });
    assert.equal(message.content[0].text, "Four.");
    assert.deepEqual(made.reasoning, { effort: "low", summary: null });
    assert.equal(made.usage.output_tokens_details.reasoning_tokens, 6);
    assert.deepEqual(await (await app.request(`${RESPONSES}/${made.id}`)).json(), made);
  });

  it("stream as an item of their own, which closes before the next opens", async () => {
    const { post, app } = thinking();
    const text = await (await post(RESPONSES, responseBody({ stream: true }))).text();
    const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json!));
    assert.deepEqual(
      events.map(({ type }) => type.replace("response.", "")),
      [
        ...["created", "in_progress"],
        ...["output_item.added", "content_part.added"],
        ...["reasoning_text.delta", "reasoning_text.delta"],
        ...["reasoning_text.done", "content_part.done", "output_item.done"],
        ...["output_item.added", "content_part.added"],
        ...["output_text.delta", "output_text.delta"],
        ...["output_text.done", "content_part.done", "output_item.done"],
        "completed",
      ],
    );
    const of = (type: string) => events.find((event) => event.type === `response.${type}`);
    assert.equal(of("reasoning_text.done").text, "Two and two.");
    assert.deepEqual(of("output_item.done").item, events.at(-1).response.output[0]);
    assert.equal(of("output_text.delta").output_index, 1);
    const { id } = events[0].response;
    const again = await (await app.request(`${RESPONSES}/${id}?stream=true`)).text();
    assert.equal(again, text);
  });

  it("are incomplete where the limit ends them", async () => {
    const { post } = thinking({ pieces: ["<think>", "Two"], reason: "length" });
    const { status, output } = await (await post(RESPONSES, responseBody())).json();
    assert.equal(status, "incomplete");
    assert.deepEqual(output.map((item: { type: string }) => item.type), ["reasoning"]);
    assert.equal(output[0].status, "incomplete");
  });

  it("stand before an empty message where nothing follows them", async () => {
    const { post } = thinking({ pieces: ["<think>", "Two", "</think>"] });
    const { output } = await (await post(RESPONSES, responseBody())).json();
    assert.deepEqual(output.map((item: { type: string }) => item.type), ["reasoning", "message"]);
    const text = await (await post(RESPONSES, responseBody({ stream: true }))).text();
    const streamed = JSON.parse(/^event: response\.completed\ndata: (.*)$/m.exec(text)![1]!);
    assert.equal(streamed.response.output.length, 2);
    const done = [...text.matchAll(/^event: response\.output_item\.done$/gm)];
    assert.equal(done.length, 2);
  });

  it("are items of the conversation, and may come back in the input", async () => {
    const { post, app, chat } = thinking();
    const { id } = await (await post("/v1/conversations", {})).json();
    const made = await (await post(RESPONSES, responseBody({ conversation: id }))).json();
    const items = await (await app.request(`/v1/conversations/${id}/items?order=asc`)).json();
    assert.deepEqual(
      items.data.map((item: { type: string }) => item.type),
      ["message", "reasoning", "message"],
    );
    assert.deepEqual(items.data[1], made.output[0]);
    const one = await app.request(`/v1/conversations/${id}/items/${made.output[0].id}`);
    assert.deepEqual(await one.json(), made.output[0]);
    const references = made.output.map(({ id }: { id: string }) => ({
      type: "item_reference",
      id,
    }));
    const named = await post(
      RESPONSES,
      responseBody({ input: [...references, { role: "user", content: "?" }] }),
    );
    assert.equal(named.status, 200, await named.text());
    assert.deepEqual(chat.request.messages.map(({ text }) => text), ["Four.", "?"]);
    for (const strict of [false, true]) {
      const server = strict ? thinking({}, "off", true) : { post, chat };
      const input = [{ role: "user", content: "2+2?" }, ...made.output, {
        role: "user",
        content: "?",
      }];
      const reply = await server.post(RESPONSES, responseBody({ input }));
      assert.equal(reply.status, 200, await reply.text());
      assert.equal(reply.headers.get("tern-ignored"), null);
      assert.deepEqual(server.chat.request.messages.map(({ text }) => text), [
        "2+2?",
        "Four.",
        "?",
      ]);
    }
  });

  it("are not taken for what was said where it was stopped in them", async () => {
    const hang = new Promise<string>(() => {});
    const { post, chat } = thinking({ pieces: ["<think>", "Two", hang] });
    const made = await (await post(RESPONSES, responseBody({ background: true }))).json();
    await (await post(`${RESPONSES}/${made.id}/cancel`, {})).text();
    chat.script = { pieces: ["Five"] };
    const next = responseBody({ input: "?", previous_response_id: made.id });
    assert.equal((await post(RESPONSES, next)).status, 200);
    assert.deepEqual(chat.request.messages.map(({ text }) => text), ["Hi", "?"]);
  });
});

describe("calls in the form of the G1 series", () => {
  it("begin in the prompt where they have to be made, and the model is told so", async () => {
    for (const choice of ["required", { type: "function", name: "add" }]) {
      const { post, chat } = thinking({ pieces: ["```json", '\n{"name":"add"'], reason: "length" });
      const body = responseBody({
        tools: TOOLS.map((fn) => ({ type: "function", ...fn })),
        tool_choice: choice,
      });
      const { output } = await (await post(RESPONSES, body)).json();
      assert.deepEqual(chat.request.opening, { call: "```json" });
      assert.match(chat.request.instructions ?? "", /\]\nReturn only a JSON function call\.$/);
      assert.equal(output[0].type, "function_call");
    }
    const { post, chat } = thinking({ pieces: ["No."] });
    const tools = TOOLS.map((fn) => ({ type: "function", ...fn }));
    await post(RESPONSES, responseBody({ tools }));
    assert.equal(chat.request.opening, undefined);
    assert.match(chat.request.instructions ?? "", /\]$/);
  });

  it("are read back with their results, in the order of the calls", async () => {
    const { post, chat } = thinking({ pieces: ["Done."] });
    const result = (id: string, text: string) => ({
      role: "tool",
      tool_call_id: id,
      content: text,
    });
    const messages = [
      { role: "user", content: "Add." },
      {
        role: "assistant",
        content: null,
        tool_calls: CALLS.map((fn, i) => ({ id: `c${i}`, type: "function", function: fn })),
      },
      result("c1", "two"),
      result("c0", "one"),
    ];
    await post(CHAT, chatBody({ messages }));
    assert.deepEqual(chat.request.messages.slice(1).map(({ text }) => text), [
      '```json\n{"name":"add","arguments":{"a":1}}\n```\n```json\n{"name":"add","arguments":{"a":2}}\n```',
      "Function output:\none",
      "Function output:\ntwo",
    ]);
    const output = (call_id: string, text: string) => ({
      type: "function_call_output",
      call_id,
      output: text,
    });
    const input = [
      ...CALLS.map((call, i) => ({ type: "function_call", call_id: `c${i}`, ...call })),
      output("c1", "two"),
      output("c0", "one"),
    ];
    await post(RESPONSES, responseBody({ input }));
    assert.deepEqual(chat.request.messages.slice(2).map(({ text }) => text), [
      "Function output:\none",
      "Function output:\ntwo",
    ]);
  });

  it("cannot be continued in the middle", async () => {
    const tools = TOOLS.map((fn) => ({ type: "function", function: fn }));
    const messages = [{ role: "user", content: "Add." }, { role: "assistant", content: "```js" }];
    const error = await errorOf(await thinking().post(CHAT, chatBody({ messages, tools })), 400);
    assert.equal(error.param, "messages[1].content");
  });
});
