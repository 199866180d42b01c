import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

const PATH = "/v1/responses";
const user = { role: "user", content: "Hi" };
const input = (...list: unknown[]) => ({ input: list });
const part = (value: unknown) => input({ role: "user", content: [value] });
const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

/** Fields, the `param` that the refusal names, its `code`. */
const REFUSED: readonly (readonly [object, string, string])[] = [
  [{ model: undefined }, "model", "missing_required_parameter"],
  [{ model: [] }, "model", "invalid_type"],

  [{ input: undefined }, "input", "missing_required_parameter"],
  [{ input: null }, "input", "invalid_type"],
  [{ input: 1 }, "input", "invalid_type"],
  [{ input: "" }, "input", "invalid_value"],
  [{ input: " \r\n\t " }, "input", "invalid_value"],
  [{ input: "a\ud83d" }, "input", "invalid_value"],
  [{ input: [] }, "input", "invalid_value"],
  [input("Hi"), "input[0]", "invalid_type"],
  [
    input(user, { type: "function_call", call_id: "c", name: "f" }),
    "input[1].type",
    "invalid_value",
  ],
  [
    input({ type: "function_call_output", call_id: "c", output: "4" }),
    "input[0].type",
    "invalid_value",
  ],
  [input({ type: "item_reference", id: "msg_1" }), "input[0].type", "invalid_value"],
  [input({ type: "reasoning", summary: [] }), "input[0].type", "invalid_value"],
  [input({ type: "message", content: "Hi" }), "input[0].role", "missing_required_parameter"],
  [input({ role: "tool", content: "Hi" }), "input[0].role", "invalid_value"],
  [input({ role: "user" }), "input[0].content", "missing_required_parameter"],
  [input({ role: "user", content: null }), "input[0].content", "invalid_type"],
  [input({ role: "user", content: "" }), "input[0].content", "invalid_value"],
  [input({ role: "system", content: "  " }, user), "input[0].content", "invalid_value"],
  [input({ role: "user", content: [] }), "input[0].content", "invalid_value"],
  [input({ role: "user", content: "\udead" }), "input[0].content", "invalid_value"],
  [input({ ...user, id: 1 }), "input[0].id", "invalid_type"],
  [input({ ...user, status: "odd" }), "input[0].status", "invalid_value"],
  [input({ ...user, phase: "commentary" }), "input[0].phase", "unsupported_parameter"],
  [input({ ...user, name: "Ann" }), "input[0].name", "unknown_parameter"],
  [input(user, { role: "assistant", content: "a" }), "input[1].role", "invalid_value"],
  ...["text", "input_image", "input_file", "input_audio", "refusal"].map((type) =>
    [part({ type, text: "Hi" }), "input[0].content[0].type", "invalid_value"] as const
  ),
  [part({ type: "output_text", text: "Hi" }), "input[0].content[0].type", "invalid_value"],
  [
    input(user, { role: "assistant", content: [{ type: "input_text", text: "a" }] }, user),
    "input[1].content[0].type",
    "invalid_value",
  ],
  [part({ type: "input_text" }), "input[0].content[0].text", "missing_required_parameter"],
  [part({ type: "input_text", text: "\t" }), "input[0].content", "invalid_value"],
  [part({ type: "input_text", text: "\ud83d" }), "input[0].content[0].text", "invalid_value"],
  [part({ type: "input_text", text: "a", x: 1 }), "input[0].content[0].x", "unknown_parameter"],
  [
    input(user, {
      role: "assistant",
      content: [{ type: "output_text", text: "a", annotations: [{}] }],
    }, user),
    "input[1].content[0].annotations",
    "unsupported_parameter",
  ],

  [{ instructions: 1 }, "instructions", "invalid_type"],
  [{ instructions: [user] }, "instructions", "invalid_type"],
  [{ instructions: "\n" }, "instructions", "invalid_value"],
  [{ instructions: "\ud83d" }, "instructions", "invalid_value"],
  [{ previous_response_id: 1 }, "previous_response_id", "invalid_type"],
  [{ previous_response_id: "" }, "previous_response_id", "invalid_value"],
  [{ previous_response_id: "../secret" }, "previous_response_id", "invalid_value"],
  [{ previous_response_id: "r".repeat(129) }, "previous_response_id", "invalid_value"],
  [{ background: 1 }, "background", "invalid_type"],
  [{ background: true, store: false }, "background", "invalid_value"],
  [{ conversation: 1 }, "conversation", "invalid_type"],
  [{ conversation: "a/b" }, "conversation", "invalid_value"],
  [{ conversation: { id: "conv_1", x: 1 } }, "conversation.x", "unknown_parameter"],
  [{ conversation: "conv_1", store: false }, "conversation", "invalid_value"],
  [{ conversation: "conv_1", previous_response_id: "resp_1" }, "conversation", "invalid_value"],
  [{ seed: 1.5 }, "seed", "invalid_type"],
  [{ store: "no" }, "store", "invalid_type"],
  [{ stream: 0 }, "stream", "invalid_type"],
  [{ stream_options: {} }, "stream_options", "invalid_value"],
  [
    { stream: true, stream_options: { include_obfuscation: 1 } },
    "stream_options.include_obfuscation",
    "invalid_type",
  ],
  [
    { stream: true, stream_options: { include_usage: true } },
    "stream_options.include_usage",
    "unknown_parameter",
  ],
  [{ max_output_tokens: 0 }, "max_output_tokens", "invalid_value"],
  [{ max_output_tokens: 16.5 }, "max_output_tokens", "invalid_type"],
  [{ max_output_tokens: "16" }, "max_output_tokens", "invalid_type"],
  [{ temperature: -1 }, "temperature", "invalid_value"],
  [{ temperature: 2.5 }, "temperature", "invalid_value"],
  [{ top_p: 2 }, "top_p", "invalid_value"],
  [{ presence_penalty: -3 }, "presence_penalty", "invalid_value"],
  [{ frequency_penalty: 3 }, "frequency_penalty", "invalid_value"],
  [{ metadata: [] }, "metadata", "invalid_type"],
  [{ metadata: { a: 1 } }, "metadata.a", "invalid_type"],
  [{ metadata: { a: "v".repeat(513) } }, "metadata.a", "invalid_value"],
  [{ metadata: { ["k".repeat(65)]: "v" } }, `metadata.${"k".repeat(65)}`, "invalid_value"],
  [{ metadata: pairs(17) }, "metadata", "invalid_value"],
  [{ text: "plain" }, "text", "invalid_type"],
  [{ text: { format: { type: "json_object" } } }, "text.format", "unsupported_parameter"],
  [
    { text: { format: { type: "json_schema", name: "n", schema: {} } } },
    "text.format",
    "unsupported_parameter",
  ],
  [{ text: { verbosity: "high" } }, "text.verbosity", "unsupported_parameter"],
  [{ text: { x: 1 } }, "text.x", "unknown_parameter"],
  [{ truncation: "middle" }, "truncation", "invalid_value"],

  ...([
    ["access_programs", {}],
    ["context_management", [{ type: "compaction" }]],
    ["image", {}],
    ["include", ["message.output_text.logprobs"]],
    ["max_tool_calls", 1],
    ["moderation", {}],
    ["parallel_tool_calls", 1],
    ["prompt", { id: "pmpt_1" }],
    ["prompt_cache_key", "k"],
    ["prompt_cache_options", {}],
    ["prompt_cache_retention", "24h"],
    ["reasoning", { effort: "low" }],
    ["reasoning", { summary: "auto" }],
    ["safety_identifier", "s"],
    ["service_tier", "priority"],
    ["tool_choice", "required"],
    ["tool_choice", { type: "web_search" }],
    ["tools", [{ type: "web_search" }]],
    ["top_logprobs", 1],
    ["user", "u-1"],
  ] as const).map(([name, value]) => [{ [name]: value }, name, "unsupported_parameter"] as const),
  [{ messages: [user] }, "messages", "unknown_parameter"],
  [{ stop: "x" }, "stop", "unknown_parameter"],
  [{ max_tokens: 16 }, "max_tokens", "unknown_parameter"],
];

/** Values that ask for nothing, or are at their limits. */
const TAKEN: readonly object[] = [
  { background: false },
  { context_management: [] },
  { include: [] },
  { parallel_tool_calls: true },
  { reasoning: {} },
  { reasoning: { effort: "none", summary: null } },
  { service_tier: "auto" },
  { service_tier: "default" },
  { tool_choice: "auto" },
  { tools: [] },
  { top_logprobs: 0 },
  { text: {} },
  { text: { format: { type: "text" }, verbosity: "medium" } },
  { truncation: "auto" },
  { truncation: "disabled" },
  { stream: true, stream_options: { include_obfuscation: false } },
  { stream: true, stream_options: { include_obfuscation: true } },
  { metadata: pairs(16) },
  { metadata: { ["k".repeat(64)]: "v".repeat(512) } },
  { max_output_tokens: 1 },
  { input: "\u0000 control \u001b[31m and more \u202e" },
  { input: [{ role: "user", content: "Hi", id: null, status: null, phase: null }] },
];

describe("the fields of a response", () => {
  for (const [fields, param, code] of REFUSED) {
    it(`are refused with ${param} named: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { post, chat } = harness();
      const error = await errorOf(await post(PATH, responseBody(fields)), 400);
      assert.equal(error.param, param, error.message);
      assert.equal(error.code, code, error.message);
      assert(error.message.includes(`'${param}'`), error.message);
      assert.equal(chat.requests.length, 0);
    });
  }

  for (const fields of TAKEN) {
    it(`are taken: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { post } = harness();
      const response = await post(PATH, responseBody(fields));
      const text = await response.text();
      assert.equal(response.status, 200, text);
    });
  }

  it("may all be null, but for the model and the input", async () => {
    const { post } = harness();
    const names = new Set(
      REFUSED.filter(([, , code]) => code !== "unknown_parameter")
        .flatMap(([fields]) => Object.keys(fields)),
    );
    names.delete("model");
    names.delete("input");
    const fields = Object.fromEntries([...names].map((name) => [name, null]));
    const response = await post(PATH, responseBody(fields));
    assert.equal(response.status, 200, await response.text());
    assert(names.size >= 30, String(names.size));
  });

  for (
    const [fields, message] of [
      [
        { metadata: { ["k".repeat(65)]: "v" } },
        `Invalid 'metadata.${
          "k".repeat(65)
        }': expected a name of at most 64 characters, but got a long string.`,
      ],
      [{ metadata: pairs(17) }, "Invalid 'metadata': it may have at most 16 pairs."],
      [
        { previous_response_id: "../x" },
        "Invalid 'previous_response_id': it is not the id of a response.",
      ],
      [
        input({ role: "assistant", content: [{ type: "input_text", text: "a" }] }, user),
        "Invalid 'input[0].content[0].type': the content of the role 'assistant' is of type 'output_text'.",
      ],
    ] as const
  ) {
    it(`are explained: ${message}`, async () => {
      const { post } = harness();
      assert.equal((await errorOf(await post(PATH, responseBody(fields)), 400)).message, message);
    });
  }

  it("must name the model that is served", async () => {
    const { post } = harness();
    const error = await errorOf(await post(PATH, responseBody({ model: "gpt-5" })), 404);
    assert.equal(error.code, "model_not_found");
  });
});
