import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { chatBody, harness } from "./harness.ts";

const PATH = "/v1/chat/completions";
const user = { role: "user", content: "Hi" };
const messages = (...list: unknown[]) => ({ messages: list });
const call = (name: string, json: string) => ({
  id: "call_1",
  type: "function",
  function: { name, arguments: json },
});
const tool = (name: string, parameters?: object) => ({
  type: "function",
  function: { name, ...(parameters ? { parameters, strict: true } : {}) },
});
const schema = (schema: object) => ({
  response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
});
const part = (value: unknown) => messages({ role: "user", content: [value] });

/** Fields, the `param` that the refusal names, its `code`. */
const REFUSED: readonly (readonly [object, string, string])[] = [
  [{ model: undefined }, "model", "missing_required_parameter"],
  [{ model: 7 }, "model", "invalid_type"],
  [{ model: null }, "model", "invalid_type"],

  [{ messages: undefined }, "messages", "missing_required_parameter"],
  [{ messages: [] }, "messages", "invalid_value"],
  [{ messages: "Hi" }, "messages", "invalid_type"],
  [{ messages: { 0: user } }, "messages", "invalid_type"],
  [messages("Hi"), "messages[0]", "invalid_type"],
  [messages(user, null), "messages[1]", "invalid_type"],
  [messages({ content: "Hi" }), "messages[0].role", "missing_required_parameter"],
  [messages({ role: "tool", content: "4" }), "messages[0].tool_call_id", "invalid_value"],
  [messages({ ...user, tool_call_id: "x" }), "messages[0].tool_call_id", "invalid_value"],
  [messages({ ...user, tool_calls: [call("f", "{}")] }), "messages[0].tool_calls", "invalid_value"],
  [
    messages({ role: "assistant", content: null }, user),
    "messages[0].content",
    "invalid_type",
  ],
  [
    messages({ role: "assistant", tool_calls: [call("a b", "{}")] }, user),
    "messages[0].tool_calls[0].function.name",
    "invalid_value",
  ],
  [
    messages({ role: "assistant", tool_calls: [{ ...call("f", "{}"), type: "custom" }] }, user),
    "messages[0].tool_calls[0].type",
    "invalid_value",
  ],
  [
    messages(user, { role: "function", name: "f", content: "4" }),
    "messages[1].role",
    "invalid_value",
  ],
  [messages({ role: "User", content: "4" }), "messages[0].role", "invalid_value"],
  [messages({ role: 1, content: "4" }), "messages[0].role", "invalid_value"],
  [messages({ role: "user" }), "messages[0].content", "missing_required_parameter"],
  [messages({ ...user, parsed: {} }), "messages[0].parsed", "invalid_value"],
  [messages({ role: "user", content: null }), "messages[0].content", "invalid_type"],
  [messages({ role: "user", content: 4 }), "messages[0].content", "invalid_type"],
  [messages({ role: "user", content: {} }), "messages[0].content", "invalid_type"],
  [messages({ role: "user", content: "" }), "messages[0].content", "invalid_value"],
  [messages({ role: "user", content: " \n\t\u00a0" }), "messages[0].content", "invalid_value"],
  [messages({ role: "system", content: "" }, user), "messages[0].content", "invalid_value"],
  [messages({ role: "user", content: [] }), "messages[0].content", "invalid_value"],
  [messages({ role: "user", content: "\ud83d" }), "messages[0].content", "invalid_value"],
  [messages({ ...user, name: "Ann" }), "messages[0].name", "unsupported_parameter"],
  [
    messages({ role: "tool", content: "4", tool_call_id: "x", name: "a b" }),
    "messages[0].name",
    "invalid_value",
  ],
  [messages({ ...user, name: 1 }), "messages[0].name", "invalid_type"],
  [messages({ ...user, nonsense: 1 }), "messages[0].nonsense", "unknown_parameter"],
  [
    messages(user, { role: "assistant", content: "a", tool_calls: [{}] }, user),
    "messages[1].tool_calls[0].id",
    "missing_required_parameter",
  ],
  [
    messages(user, { role: "assistant", content: "a", refusal: "no" }, user),
    "messages[1].refusal",
    "unsupported_parameter",
  ],
  [part("Hi"), "messages[0].content[0]", "invalid_type"],
  [part({ text: "Hi" }), "messages[0].content[0].type", "missing_required_parameter"],
  [part({ type: "text" }), "messages[0].content[0].text", "missing_required_parameter"],
  [part({ type: "text", text: 4 }), "messages[0].content[0].text", "invalid_type"],
  [part({ type: "text", text: "\udc00" }), "messages[0].content[0].text", "invalid_value"],
  [part({ type: "text", text: " " }), "messages[0].content", "invalid_value"],
  [part({ type: "text", text: "a", b: 1 }), "messages[0].content[0].b", "unknown_parameter"],
  ...["image_url", "input_audio", "file", "refusal", "input_text"].map((type) =>
    [part({ type, [type]: {} }), "messages[0].content[0].type", "invalid_value"] as const
  ),

  [{ store: "yes" }, "store", "invalid_type"],
  [{ store: 1 }, "store", "invalid_type"],
  [{ metadata: { a: "b" } }, "metadata", "invalid_value"],
  [{ store: false, metadata: { a: "b" } }, "metadata", "invalid_value"],
  [{ store: true, metadata: "a" }, "metadata", "invalid_type"],
  [{ store: true, metadata: { a: 1 } }, "metadata.a", "invalid_type"],
  [{ store: true, metadata: { a: "b".repeat(513) } }, "metadata.a", "invalid_value"],
  [
    { store: true, metadata: Object.fromEntries([...Array(17).keys()].map((n) => [n, "x"])) },
    "metadata",
    "invalid_value",
  ],

  [{ stream: "true" }, "stream", "invalid_type"],
  [{ stream: 1 }, "stream", "invalid_type"],
  [{ stream_options: {} }, "stream_options", "invalid_value"],
  [{ stream: true, stream_options: [] }, "stream_options", "invalid_type"],
  [
    { stream: true, stream_options: { include_usage: 1 } },
    "stream_options.include_usage",
    "invalid_type",
  ],
  [
    { stream: true, stream_options: { include_obfuscation: 1 } },
    "stream_options.include_obfuscation",
    "invalid_type",
  ],
  [{ stream: true, stream_options: { x: 1 } }, "stream_options.x", "unknown_parameter"],

  ...["max_tokens", "max_completion_tokens"].flatMap((name) => [
    [{ [name]: -3 }, name, "invalid_value"] as const,
    [{ [name]: 1.5 }, name, "invalid_type"] as const,
    [{ [name]: "9" }, name, "invalid_type"] as const,
    [{ [name]: 2 ** 60 }, name, "invalid_value"] as const,
  ]),
  [{ max_tokens: 8, max_completion_tokens: 9 }, "max_tokens", "invalid_value"],

  [{ temperature: -0.1 }, "temperature", "invalid_value"],
  [{ top_k: 0.5 }, "top_k", "invalid_type"],
  [{ min_p: 1.1 }, "min_p", "invalid_value"],
  [{ typical_p: -0.1 }, "typical_p", "invalid_value"],
  [{ repetition_penalty: 0 }, "repetition_penalty", "invalid_value"],
  [{ repeat_last_n: -2 }, "repeat_last_n", "invalid_value"],
  [{ penalty_decay: 1.1 }, "penalty_decay", "invalid_value"],
  [{ min_tokens: -1 }, "min_tokens", "invalid_value"],
  [{ ignore_eos: 1 }, "ignore_eos", "invalid_type"],
  [{ typical_p: 0.9, typical: 0.8 }, "typical", "invalid_value"],
  [{ repetition_penalty: 1.1, repeat_penalty: 1.2 }, "repeat_penalty", "invalid_value"],
  [{ penalty_decay: 0.9, alpha_decay: 0.99 }, "alpha_decay", "invalid_value"],
  [{ presence_penalty: 0, alpha_presence: 1 }, "alpha_presence", "invalid_value"],
  [{ max_tokens: 8, n_predict: 9 }, "n_predict", "invalid_value"],
  [{ temperature: "hot" }, "temperature", "invalid_type"],
  [{ top_p: -0.1 }, "top_p", "invalid_value"],
  [{ top_p: 1.1 }, "top_p", "invalid_value"],
  [{ top_p: [] }, "top_p", "invalid_type"],
  ...["presence_penalty", "frequency_penalty"].flatMap((name) => [
    [{ [name]: -101 }, name, "invalid_value"] as const,
    [{ [name]: 101 }, name, "invalid_value"] as const,
    [{ [name]: false }, name, "invalid_type"] as const,
  ]),
  [{ seed: 1.5 }, "seed", "invalid_type"],
  [{ seed: "1" }, "seed", "invalid_type"],
  [{ parallel_tool_calls: "yes" }, "parallel_tool_calls", "invalid_type"],
  [{ response_format: { type: "xml" } }, "response_format.type", "invalid_value"],
  [{ response_format: "json_object" }, "response_format", "invalid_type"],
  [
    { response_format: { type: "json_schema", json_schema: { name: "a" } } },
    "response_format.json_schema.schema",
    "missing_required_parameter",
  ],
  [schema({ type: "text" }), "response_format.json_schema.schema.type", "invalid_schema"],
  [schema({ not: {} }), "response_format.json_schema.schema.not", "invalid_schema"],
  [
    { response_format: { type: "json_object" }, tools: [tool("f")] },
    "response_format",
    "invalid_value",
  ],
  [{ tools: [{ type: "function" }] }, "tools[0].function", "missing_required_parameter"],
  [{ tools: [{ type: "web_search" }] }, "tools[0].type", "invalid_value"],
  [{ tools: [tool("a b")] }, "tools[0].function.name", "invalid_value"],
  [{ tools: [tool("f"), tool("f")] }, "tools[1].function.name", "invalid_value"],
  [{ tools: Array.from({ length: 129 }, (_, i) => tool(`f${i}`)) }, "tools", "invalid_value"],
  [
    { tools: [tool("f"), tool("g", { properties: { a: { not: {} } } })] },
    "tools[1].function.parameters.properties.a.not",
    "invalid_schema",
  ],
  [{ tool_choice: "required" }, "tool_choice", "invalid_value"],
  [{ tool_choice: { type: "function", function: { name: "f" } } }, "tool_choice", "invalid_value"],
  [
    { tools: [tool("g")], tool_choice: { type: "function", function: { name: "f" } } },
    "tool_choice",
    "invalid_value",
  ],
  [{ n: 0 }, "n", "invalid_value"],
  [{ n: 9 }, "n", "invalid_value"],
  [{ n: 1.5 }, "n", "invalid_type"],
  [{ n: "2" }, "n", "invalid_type"],
  [{ logprobs: 5 }, "logprobs", "invalid_type"],
  [{ logprobs: true, top_logprobs: -1 }, "top_logprobs", "invalid_value"],
  [{ logprobs: true, top_logprobs: 21 }, "top_logprobs", "invalid_value"],
  [{ logprobs: true, top_logprobs: "2" }, "top_logprobs", "invalid_type"],
  [{ top_logprobs: 2 }, "top_logprobs", "invalid_value"],
  [{ logprobs: false, top_logprobs: 2 }, "top_logprobs", "invalid_value"],
  [{ logit_bias: [] }, "logit_bias", "invalid_type"],
  [{ logit_bias: { "5": -101 } }, "logit_bias.5", "invalid_value"],
  [{ logit_bias: { "5": 100.5 } }, "logit_bias.5", "invalid_value"],
  [{ logit_bias: { "5": "1" } }, "logit_bias.5", "invalid_type"],
  [{ logit_bias: { a: 1 } }, "logit_bias.a", "invalid_value"],
  [{ logit_bias: { "-1": 1 } }, "logit_bias.-1", "invalid_value"],
  [{ logit_bias: { "05": 1 } }, "logit_bias.05", "invalid_value"],
  [{ logit_bias: { "256": 1 } }, "logit_bias", "invalid_value"],
  [
    { logit_bias: Object.fromEntries(Array.from({ length: 1025 }, (_, id) => [id, 1])) },
    "logit_bias",
    "invalid_value",
  ],
  [{ stop: "" }, "stop", "invalid_value"],
  [{ stop: ["a", ""] }, "stop[1]", "invalid_value"],
  [{ stop: 1 }, "stop", "invalid_type"],
  [{ stop: ["a", 1] }, "stop[1]", "invalid_type"],
  [{ stop: Array(17).fill("a") }, "stop", "invalid_value"],
  [{ stop: "\ud800" }, "stop", "invalid_value"],

  ...([
    ["audio", { voice: "alloy", format: "mp3" }],
    ["function_call", { name: "f" }],
    ["functions", [{ name: "f" }]],
    ["modalities", ["text", "audio"]],
    ["modalities", ["audio"]],
    ["moderation", { model: "m" }],
    ["prediction", { type: "content", content: "" }],
    ["prompt_cache_options", { mode: "explicit" }],
    ["prompt_cache_retention", "in_memory"],
    ["reasoning_effort", "high"],
    ["service_tier", "flex"],
    ["verbosity", "low"],
    ["web_search_options", {}],
  ] as const).map(([name, value]) => [{ [name]: value }, name, "unsupported_parameter"] as const),
  [{ safety_identifier: "s".repeat(65) }, "safety_identifier", "invalid_value"],
  [{ prompt_cache_key: "k".repeat(65) }, "prompt_cache_key", "invalid_value"],
  [{ user: "u".repeat(513) }, "user", "invalid_value"],
  [{ user: 1 }, "user", "invalid_type"],
  [{ top_z: 40 }, "top_z", "unknown_parameter"],
  [{ "a b": 40 }, "a b", "unknown_parameter"],
  [{ max_token: 40, other: 1 }, "max_token", "unknown_parameter"],
];

/** Values that ask for nothing. */
const NEUTRAL: readonly object[] = [
  { function_call: "auto" },
  { functions: [] },
  { logit_bias: {} },
  { logprobs: false },
  { metadata: {} },
  { modalities: ["text"] },
  { n: 1 },
  { parallel_tool_calls: false },
  { parallel_tool_calls: true },
  { reasoning_effort: "none" },
  { response_format: { type: "text" } },
  { prompt_cache_key: "k".repeat(64), prompt_cache_retention: "24h" },
  { safety_identifier: "s".repeat(64), user: "u".repeat(512) },
  { service_tier: "auto" },
  { service_tier: "default" },
  { store: false },
  { tool_choice: "none" },
  { tool_choice: "auto" },
  { tools: [] },
  { top_logprobs: 0 },
  { verbosity: "medium" },
  { stream: false, stream_options: null },
  { messages: [{ role: "system", content: "Only rules." }] },
];

describe("the fields of a chat completion", () => {
  for (const [fields, param, code] of REFUSED) {
    it(`are refused with ${param} named: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { post, chat } = harness({ strict: true });
      const error = await errorOf(await post(PATH, chatBody(fields)), 400);
      assert.equal(error.param, param, error.message);
      assert.equal(error.code, code, error.message);
      assert.equal(error.type, "invalid_request_error");
      assert(error.message.includes(`'${param}'`), error.message);
      assert.equal(chat.requests.length, 0);
    });
  }

  for (const fields of NEUTRAL) {
    it(`may ask for nothing: ${JSON.stringify(fields)}`, async () => {
      const { post } = harness({ strict: true });
      const response = await post(PATH, chatBody(fields));
      assert.equal(response.status, 200, await response.text());
    });
  }

  it("may all be null, but for the model and the messages", async () => {
    const { post } = harness({ strict: true });
    const names = new Set(REFUSED.flatMap(([fields]) => Object.keys(fields)));
    const known = [...names].filter((name) =>
      !["model", "messages", "top_z", "a b", "max_token", "other"].includes(name)
    );
    const fields = Object.fromEntries(known.map((name) => [name, null]));
    const response = await post(PATH, chatBody(fields));
    assert.equal(response.status, 200, await response.text());
    assert(known.length >= 30, String(known.length));
  });

  it("must name the model that is served", async () => {
    const { post } = harness({ strict: true });
    for (const model of ["", "gpt-5", "Tern-test", "tern-test ", "x".repeat(5000)]) {
      const error = await errorOf(await post(PATH, chatBody({ model })), 404);
      assert.equal(error.code, "model_not_found");
      assert.equal(error.param, "model");
      assert(error.message.length < 400);
    }
  });

  it("may have numbers at their limits", async () => {
    const { post } = harness({ strict: true });
    const limits = [
      { temperature: 0, top_p: 0, presence_penalty: -2, frequency_penalty: -2, max_tokens: 1 },
      { temperature: 2, top_p: 1, presence_penalty: 2, frequency_penalty: 2, seed: 2 ** 53 - 1 },
      { seed: -(2 ** 53 - 1), stop: ["1", "2", "3", "4"], n: 8 },
      { logprobs: true, top_logprobs: 20, logit_bias: { "0": -100, "255": 100 } },
      { logprobs: true },
    ];
    for (const fields of limits) assert.equal((await post(PATH, chatBody(fields))).status, 200);
  });

  it("are described without repeating what is long", async () => {
    const { post } = harness({ strict: true });
    const long = "x".repeat(50_000);
    for (const fields of [{ [long]: 1 }, { temperature: long }, messages({ role: long })]) {
      const error = await errorOf(await post(PATH, chatBody(fields)), 400);
      assert(error.message.length < 300, `${error.message.length} characters`);
    }
  });

  for (
    const [fields, message] of [
      [{ top_p: 3 }, "Invalid 'top_p': expected at most 1, but got 3."],
      [{ temperature: "3" }, "Invalid 'temperature': expected a number, but got '3'."],
      [{ max_tokens: 1.5 }, "Invalid 'max_tokens': expected an integer, but got 1.5."],
      [{ messages: undefined }, "Missing required parameter: 'messages'."],
      [{ top_z: 1 }, "Unknown parameter: 'top_z'."],
      [
        { verbosity: "low" },
        "Unsupported parameter: this server cannot do what 'verbosity' asks for. Leave it out.",
      ],
      [
        messages({ role: "function", content: "" }),
        "Invalid 'messages[0].role': expected 'system' or 'developer' or 'user' or 'assistant' or 'tool', but got 'function'.",
      ],
      [
        messages({ role: "user", content: 1 }),
        "Invalid 'messages[0].content': expected a string or an array, but got 1.",
      ],
      [
        { stop: Array(17).fill("a") },
        "Invalid 'stop': expected at most 16 items, but got an array.",
      ],
      [{ model: "m", user: 1 }, "Invalid 'user': expected a string, but got 1."],
    ] as const
  ) {
    it(`are explained: ${message}`, async () => {
      const { post } = harness({ strict: true });
      assert.equal((await errorOf(await post(PATH, chatBody(fields)), 400)).message, message);
    });
  }
});
