import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

const PATH = "/v1/responses";
const user = { role: "user", content: "Hi" };
const input = (...list: unknown[]) => ({ input: list });
const part = (value: unknown) => input({ role: "user", content: [value] });
const COMPACTION = { type: "compaction", encrypted_content: `resp_${"0".repeat(48)}` };
const tool = (fields: object = {}) => ({ type: "function", name: "f", ...fields });
const choosing = (tool_choice: unknown) => ({ tools: [tool()], tool_choice });
const format = (fields: object) => ({ text: { format: fields } });
const schema = (fields: object) =>
  format({ type: "json_schema", name: "n", schema: { type: "object" }, ...fields });
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
  ...([
    [{ call_id: undefined }, "call_id", "missing_required_parameter"],
    [{ call_id: "" }, "call_id", "invalid_value"],
    [{ call_id: "c".repeat(65) }, "call_id", "invalid_value"],
    [{ name: undefined }, "name", "missing_required_parameter"],
    [{ name: "two words" }, "name", "invalid_value"],
    [{ arguments: undefined }, "arguments", "missing_required_parameter"],
    [{ arguments: {} }, "arguments", "invalid_type"],
    [{ arguments: "\ud83d" }, "arguments", "invalid_value"],
    [{ status: "done" }, "status", "invalid_value"],
    [{ id: 1 }, "id", "invalid_type"],
    [{ role: "assistant" }, "role", "unknown_parameter"],
  ] as const).map(([fields, field, code]) =>
    [
      input(user, { type: "function_call", call_id: "c", name: "f", arguments: "{}", ...fields }),
      `input[1].${field}`,
      code,
    ] as const
  ),
  [
    input(user, { type: "function_call", call_id: "c", name: "f", arguments: "{}" }),
    "input[1].type",
    "invalid_value",
  ],
  ...([
    [{ call_id: undefined }, "call_id", "missing_required_parameter"],
    [{ call_id: 1 }, "call_id", "invalid_type"],
    [{ output: undefined }, "output", "missing_required_parameter"],
    [{ output: 4 }, "output", "invalid_type"],
    [{ output: "\udead" }, "output", "invalid_value"],
    [{ output: [{ type: "input_image" }] }, "output[0].type", "invalid_value"],
    [{ output: [{ type: "input_text" }] }, "output[0].text", "missing_required_parameter"],
    [{ is_error: true }, "is_error", "unknown_parameter"],
    [{ parsed: {} }, "parsed", "unknown_parameter"],
  ] as const).map(([fields, field, code]) =>
    [
      input({ type: "function_call_output", call_id: "c", output: "4", ...fields }),
      `input[0].${field}`,
      code,
    ] as const
  ),
  [input({ type: "item_reference" }), "input[0].id", "missing_required_parameter"],
  [input({ type: "item_reference", id: "" }), "input[0].id", "invalid_value"],
  [input(COMPACTION), "input[0].type", "invalid_value"],
  [input(user, COMPACTION, user), "input[1].type", "invalid_value"],
  [
    input({ type: "compaction", encrypted_content: "x" }, user),
    "input[0].encrypted_content",
    "invalid_value",
  ],
  [
    { ...input(COMPACTION, user), previous_response_id: "resp_1" },
    "previous_response_id",
    "invalid_value",
  ],
  [{ ...input(COMPACTION, user), conversation: "conv_1" }, "conversation", "invalid_value"],
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
  [{ max_output_tokens: -3 }, "max_output_tokens", "invalid_value"],
  [{ max_output_tokens: 8, max_tokens: 9 }, "max_tokens", "invalid_value"],
  [{ max_output_tokens: 16.5 }, "max_output_tokens", "invalid_type"],
  [{ max_output_tokens: "16" }, "max_output_tokens", "invalid_type"],
  [{ temperature: -1 }, "temperature", "invalid_value"],
  [{ top_p: 2 }, "top_p", "invalid_value"],
  [{ presence_penalty: -300 }, "presence_penalty", "invalid_value"],
  [{ frequency_penalty: 300 }, "frequency_penalty", "invalid_value"],
  [{ metadata: [] }, "metadata", "invalid_type"],
  [{ metadata: { a: 1 } }, "metadata.a", "invalid_type"],
  [{ metadata: { a: "v".repeat(513) } }, "metadata.a", "invalid_value"],
  [{ metadata: { ["k".repeat(65)]: "v" } }, `metadata.${"k".repeat(65)}`, "invalid_value"],
  [{ metadata: pairs(17) }, "metadata", "invalid_value"],
  [{ text: "plain" }, "text", "invalid_type"],
  [format({ type: "xml" }), "text.format.type", "invalid_value"],
  [format({}), "text.format.type", "missing_required_parameter"],
  [{ text: { format: "json_object" } }, "text.format", "invalid_type"],
  [format({ type: "json_object", schema: {} }), "text.format.schema", "unknown_parameter"],
  [schema({ name: undefined }), "text.format.name", "missing_required_parameter"],
  [schema({ name: "two words" }), "text.format.name", "invalid_value"],
  [schema({ schema: undefined }), "text.format.schema", "missing_required_parameter"],
  [schema({ schema: [] }), "text.format.schema", "invalid_type"],
  [schema({ schema: { type: "odd" }, strict: true }), "text.format.schema.type", "invalid_schema"],
  [
    schema({ schema: { type: "object", properties: { a: { not: {} } } }, strict: true }),
    "text.format.schema.properties.a.not",
    "invalid_schema",
  ],
  [schema({ strict: "yes" }), "text.format.strict", "invalid_type"],
  [schema({ description: 1 }), "text.format.description", "invalid_type"],

  [{ tools: {} }, "tools", "invalid_type"],
  [
    { tools: Array.from({ length: 129 }, (_, i) => tool({ name: `f${i}` })) },
    "tools",
    "invalid_value",
  ],
  ...["web_search", "file_search", "computer_use_preview", "mcp", "code_interpreter", "custom"].map(
    (type) => [{ tools: [tool(), { type }] }, "tools[1].type", "invalid_value"] as const,
  ),
  [{ tools: [tool({ name: undefined })] }, "tools[0].name", "missing_required_parameter"],
  [{ tools: [tool({ name: "é" })] }, "tools[0].name", "invalid_value"],
  [{ tools: [tool({ name: "f".repeat(65) })] }, "tools[0].name", "invalid_value"],
  [{ tools: [tool(), tool()] }, "tools[1].name", "invalid_value"],
  [{ tools: [tool({ description: 1 })] }, "tools[0].description", "invalid_type"],
  [{ tools: [tool({ parameters: "{}" })] }, "tools[0].parameters", "invalid_type"],
  [
    {
      tools: [tool({ name: "g" }), tool({ parameters: { type: "object", not: {} }, strict: true })],
    },
    "tools[1].parameters.not",
    "invalid_schema",
  ],
  [{ tools: [tool({ strict: 1 })] }, "tools[0].strict", "invalid_type"],
  [{ tools: [tool({ function: {} })] }, "tools[0].function", "unknown_parameter"],
  [{ tool_choice: "required" }, "tool_choice", "invalid_value"],
  [choosing("any"), "tool_choice", "invalid_value"],
  [choosing(1), "tool_choice", "invalid_value"],
  [choosing({ type: "web_search" }), "tool_choice.type", "invalid_value"],
  [choosing({ type: "function" }), "tool_choice.name", "missing_required_parameter"],
  [choosing({ type: "function", name: "g" }), "tool_choice.name", "invalid_value"],
  [
    choosing({ type: "allowed_tools", mode: "auto", tools: [] }),
    "tool_choice.tools",
    "invalid_value",
  ],
  [
    choosing({ type: "allowed_tools", mode: "none", tools: [tool()] }),
    "tool_choice.mode",
    "invalid_value",
  ],
  [
    choosing({ type: "allowed_tools", mode: "auto", tools: [tool(), tool({ name: "g" })] }),
    "tool_choice.tools[1].name",
    "invalid_value",
  ],
  [{ parallel_tool_calls: 1 }, "parallel_tool_calls", "invalid_type"],
  [{ include: "message.output_text.logprobs" }, "include", "invalid_type"],
  [{ include: ["tool_call.results"] }, "include[0]", "invalid_value"],
  [{ include: Array(19).fill("reasoning.encrypted_content") }, "include", "invalid_value"],
  [{ max_tool_calls: 0 }, "max_tool_calls", "invalid_value"],
  [{ max_tool_calls: "1" }, "max_tool_calls", "invalid_type"],
  [{ safety_identifier: "s".repeat(65) }, "safety_identifier", "invalid_value"],
  [{ safety_identifier: 1 }, "safety_identifier", "invalid_type"],
  [{ prompt_cache_key: "k".repeat(65) }, "prompt_cache_key", "invalid_value"],
  [{ prompt_cache_key: {} }, "prompt_cache_key", "invalid_type"],
  [{ user: "u".repeat(513) }, "user", "invalid_value"],
  [{ user: 1 }, "user", "invalid_type"],
  [{ top_logprobs: -1 }, "top_logprobs", "invalid_value"],
  [{ top_logprobs: 21 }, "top_logprobs", "invalid_value"],
  [{ top_logprobs: 1.5 }, "top_logprobs", "invalid_type"],
  [{ top_logprobs: "5" }, "top_logprobs", "invalid_type"],
  [{ text: { verbosity: "high" } }, "text.verbosity", "unsupported_parameter"],
  [{ text: { x: 1 } }, "text.x", "unknown_parameter"],
  [{ truncation: "middle" }, "truncation", "invalid_value"],

  ...([
    ["access_programs", {}],
    ["context_management", [{ type: "compaction" }]],
    ["image", {}],
    ["moderation", {}],
    ["prompt", { id: "pmpt_1" }],
    ["prompt_cache_options", {}],
    ["prompt_cache_retention", "in_memory"],
    ["reasoning", { effort: "low" }],
    ["service_tier", "priority"],
  ] as const).map(([name, value]) => [{ [name]: value }, name, "unsupported_parameter"] as const),
  [{ messages: [user] }, "messages", "unknown_parameter"],
  [{ reasoning: { summary: "auto" } }, "reasoning.summary", "unsupported_parameter"],
  [{ reasoning: { effort: "much" } }, "reasoning.effort", "invalid_value"],
  [{ thinking: { type: "maybe" } }, "thinking.type", "invalid_value"],
  [{ stop: "" }, "stop", "invalid_value"],
  [{ stop: 1 }, "stop", "invalid_type"],
];

/** Values that ask for nothing, or are at their limits. */
const TAKEN: readonly object[] = [
  { background: false },
  { context_management: [] },
  { include: [] },
  { include: ["reasoning.encrypted_content", "file_search_call.results"] },
  { max_tool_calls: 1, safety_identifier: "s".repeat(64), prompt_cache_key: "k".repeat(64) },
  { prompt_cache_retention: "24h", user: "u".repeat(512) },
  { parallel_tool_calls: true },
  { reasoning: {} },
  { reasoning: { effort: "none", summary: null } },
  { service_tier: "auto" },
  { service_tier: "default" },
  { tool_choice: "auto" },
  { tools: [] },
  { top_logprobs: 0 },
  { top_logprobs: 20, include: ["message.output_text.logprobs"] },
  { tools: [tool({ description: null, parameters: null, strict: null })] },
  { tools: Array.from({ length: 128 }, (_, i) => tool({ name: `f${i}` })) },
  choosing("none"),
  choosing("required"),
  choosing({ type: "function", name: "f" }),
  choosing({ type: "allowed_tools", mode: "required", tools: [tool()] }),
  format({ type: "json_object" }),
  schema({ description: null, strict: false }),
  { ...schema({}), ...choosing("auto") },
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
      const { post, chat } = harness({ strict: true });
      const error = await errorOf(await post(PATH, responseBody(fields)), 400);
      assert.equal(error.param, param, error.message);
      assert.equal(error.code, code, error.message);
      assert(error.message.includes(`'${param}'`), error.message);
      assert.equal(chat.requests.length, 0);
    });
  }

  for (const fields of TAKEN) {
    it(`are taken: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { post } = harness({ strict: true });
      const response = await post(PATH, responseBody(fields));
      const text = await response.text();
      assert.equal(response.status, 200, text);
    });
  }

  it("may all be null, but for the model and the input", async () => {
    const { post } = harness({ strict: true });
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
      const { post } = harness({ strict: true });
      assert.equal((await errorOf(await post(PATH, responseBody(fields)), 400)).message, message);
    });
  }

  it("must name the model that is served", async () => {
    const { post } = harness({ strict: true });
    const error = await errorOf(await post(PATH, responseBody({ model: "gpt-5" })), 404);
    assert.equal(error.code, "model_not_found");
  });
});
