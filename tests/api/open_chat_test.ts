import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, chunksOf, harness } from "./harness.ts";

const PATH = "/v1/chat/completions";
const user = { role: "user", content: "Hi" };
const f = { name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } };
const tools = [{ type: "function", function: f }];
const called = (json: string, name = "f") => writeCalls([{ name, arguments: json }]);
const returned = (text: string) => `<tool_response>\n${text}\n</tool_response>`;

/** What of a body reaches the service, and what the header names. */
async function taken(fields: object, script = {}) {
  const { post, chat } = harness({ script });
  const reply = await post(PATH, chatBody(fields));
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  const [request] = chat.requests;
  assert(request);
  return {
    request,
    said: request.messages.map(({ role, text }) => [role, text]),
    ignored: reply.headers.get("tern-ignored"),
    body: text.startsWith("{") ? JSON.parse(text) : text,
  };
}

/** Fields of a request, and what the header names of them. */
const IGNORED: readonly (readonly [object, string | null])[] = [
  [{ keep_alive: "5m" }, "keep_alive"],
  [{ num_ctx: 4096, cache_prompt: true, session_id: "a" }, "num_ctx, cache_prompt, session_id"],
  [{ options: { num_ctx: 4096, num_gpu: 1, seed: 1 } }, "options.num_ctx, options.num_gpu"],
  [{ options: 5 }, "options"],
  [{ extra_body: { keep_alive: 1, top_p: 0.5 } }, "keep_alive"],
  [{ reasoning_effort: "low", verbosity: "low" }, "verbosity, reasoning_effort"],
  [{ chat_template_kwargs: { enable_thinking: true } }, "chat_template_kwargs"],
  [{ prediction: { type: "content", content: "a" } }, "prediction"],
  [
    { service_tier: "flex", prompt_cache_retention: "in_memory" },
    "prompt_cache_retention, service_tier",
  ],
  [{ web_search_options: {} }, "web_search_options"],
  [{ web_search_options: { search_context_size: "low" } }, "web_search_options"],
  [{ modalities: ["text", "audio"], audio: { voice: "alloy" } }, "modalities, audio"],
  [{ stream_options: { include_usage: true } }, "stream_options"],
  [
    { stream: true, stream_options: { continuous_usage_stats: true } },
    "stream_options.continuous_usage_stats",
  ],
  [{ metadata: { a: "b" } }, "metadata"],
  [{ metadata: { a: 1 } }, "metadata"],
  [{ max_tokens: 5, max_completion_tokens: 6 }, "max_tokens"],
  [{ top_logprobs: 2, logprobs: false }, "top_logprobs"],
  [{ top_logprobs: 2 }, null],
  [{ "a b\n": 1, "ü": 1 }, "a_b_, _"],
  [{ mirostat: 2, mirostat_tau: 5 }, "mirostat"],
  // What asks for nothing is not named.
  [{ think: false, keep_alive: null, mirostat: 0, best_of: 1, extra_body: {}, x: [], y: {} }, null],
  [{ service_tier: "auto", parallel_tool_calls: true, functions: [], seed: -1 }, null],
  [{ chat_template_kwargs: { enable_thinking: false } }, null],
  [
    { response_format: { type: "text" }, grammar: "", guided_regex: null, stop_token_ids: [0] },
    null,
  ],
  [{ stop: ["", "a"], add_generation_prompt: true, suffix: "" }, null],
  [{ continue_final_message: true }, "continue_final_message"],
  // Tools that the server does not run.
  [{ tools: [{ type: "web_search" }, ...tools] }, "tools.web_search"],
  [
    { tools: [{ type: "custom", custom: { name: "x" } }, { type: "mcp" }] },
    "tools.custom, tools.mcp",
  ],
  [{ tools: [{ type: "function", function: { name: "a b" } }] }, "tools.a_b"],
  [{ tools: [...tools, ...tools] }, "tools.f"],
  [
    { tools: [{ type: "function", function: { ...f, cache_control: { type: "ephemeral" } } }] },
    "tools.function.cache_control",
  ],
  [
    {
      tools: [{
        type: "function",
        function: { name: "f", parameters: { type: "object", not: { required: ["b"] } } },
      }],
    },
    "tools.function.parameters.not",
  ],
];

/** Messages as clients send them, what the model reads, and what the header names. */
const HISTORY:
  readonly (readonly [string, object[], (readonly [string, string])[], string | null])[] = [
    ["names", [{ ...user, name: "anna" }], [["user", "Hi"]], "messages.name"],
    [
      "reasoning",
      [
        user,
        { role: "assistant", content: "A", reasoning_content: "x", refusal: null, id: "m" },
        user,
      ],
      [["user", "Hi"], ["assistant", "A"], ["user", "Hi"]],
      null,
    ],
    [
      "a refusal",
      [user, { role: "assistant", content: null, refusal: "No." }, user],
      [["user", "Hi"], ["assistant", "No."], ["user", "Hi"]],
      null,
    ],
    [
      "parts of all kinds",
      [user, {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "s" },
          { type: "output_text", text: "A", annotations: [{}] },
          { type: "refusal", refusal: "B" },
          "C",
          { text: "D", cache_control: { type: "ephemeral" } },
        ],
      }, user],
      [["user", "Hi"], ["assistant", "ABCD"], ["user", "Hi"]],
      "messages.content.thinking, messages.content.cache_control",
    ],
    ["a part without a list", [{ role: "user", content: { type: "text", text: "A" } }], [[
      "user",
      "A",
    ]], null],
    [
      "nothing",
      [{ role: "user", content: "" }, { role: "assistant" }, { role: "system", content: null }, {
        role: "user",
        content: [],
      }],
      [["user", ""], ["assistant", ""], ["system", ""], ["user", ""]],
      null,
    ],
    ["half a character", [{ role: "user", content: "a\ud83d" }], [["user", "a\ufffd"]], null],
    [
      "calls with and without what they need",
      [
        user,
        {
          role: "assistant",
          tool_calls: [
            { index: 0, function: { name: "f", arguments: { a: "b" } } },
            { id: "2", type: "custom", custom: { name: "g.h", input: "raw" } },
            { name: "k", args: [] },
          ],
        },
        { role: "tool", content: [{ type: "text", text: "1" }, { type: "text", text: "2" }] },
        { role: "tool", tool_call_id: "2", content: null },
        { role: "tool", tool_call_id: "nowhere", name: "k", content: "3" },
      ],
      [
        ["user", "Hi"],
        [
          "assistant",
          [called('{"a":"b"}'), called('{"input":"raw"}', "g_h"), called("{}", "k")].join("\n"),
        ],
        ["user", returned("12")],
        ["user", returned("")],
        ["user", returned("3")],
      ],
      null,
    ],
    [
      "calls from before there were tools",
      [user, { role: "assistant", content: "", function_call: { name: "f", arguments: "{}" } }, {
        role: "function",
        name: "f",
        content: "4",
      }],
      [["user", "Hi"], ["assistant", called("{}")], ["user", returned("4")]],
      null,
    ],
    [
      "a result whose call is not there any more",
      [{ role: "tool", tool_call_id: "gone", content: "4" }, user],
      [["user", returned("4")], ["user", "Hi"]],
      null,
    ],
    [
      "an image that a tool returned",
      [user, { role: "assistant", tool_calls: [{ id: "c", function: f }] }, {
        role: "tool",
        tool_call_id: "c",
        content: [{ type: "text", text: "Seen: " }, {
          type: "image_url",
          image_url: { url: "data:" },
        }],
      }],
      [["user", "Hi"], ["assistant", called("{}")], ["user", returned("Seen: [image left out]")]],
      "messages.content.image_url",
    ],
  ];

/** What would make the answer wrong, and the field that the error names. */
const REFUSED: readonly (readonly [object, string])[] = [
  [{ messages: [{ role: "robot", content: "Hi" }] }, "messages[0].role"],
  [{ messages: [{ role: "user", content: 4 }] }, "messages[0].content"],
  [{ messages: [{ ...user, images: ["aGk="] }] }, "messages[0].images"],
  [
    { messages: [user, { role: "assistant", tool_calls: [{ function: f }] }] },
    "messages[1].tool_calls",
  ],
  ...["image_url", "input_audio", "file", "video_url"].map((type) =>
    [
      {
        messages: [{ role: "user", content: [{ type: "text", text: "a" }, { type, [type]: {} }] }],
      },
      "messages[0].content[1].type",
    ] as const
  ),
  [{ modalities: ["audio"] }, "modalities"],
  [{ documents: [{ text: "a" }] }, "documents"],
  ...["grammar", "guided_regex", "guided_choice", "bad_words", "stop_token_ids", "ebnf"].map((
    name,
  ) => [{ [name]: ["a"] }, name] as const),
  [{ structured_outputs: { regex: "a" } }, "structured_outputs"],
  [{ response_format: { type: "grammar" } }, "response_format.type"],
  [{ tool_choice: "required", tools: [{ type: "web_search" }] }, "tool_choice"],
  [{ tools, tool_choice: { type: "function", name: "g" } }, "tool_choice"],
  [{ tools, tool_choice: { type: "tool", name: "g" } }, "tool_choice"],
  [{ tools, tool_choice: { type: "web_search" } }, "tool_choice.type"],
  [{ functions: [f], function_call: { name: "g" } }, "tool_choice"],
  [{ temperature: "hot", keep_alive: 1 }, "temperature"],
  [{ system: "Be kind.", messages: [user, { role: "robot" }] }, "messages[1].role"],
  [
    {
      tools: [{ type: "web_search" }, {
        type: "function",
        function: { name: "g", strict: true, parameters: { type: "object", not: {} } },
      }],
    },
    "tools[1].function.parameters.not",
  ],
];

describe("an open chat completion", () => {
  for (const [fields, names] of IGNORED) {
    it(`names what it ignores: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { ignored } = await taken(fields);
      assert.equal(ignored, names);
    });
  }

  for (const [what, messages, read, names] of HISTORY) {
    it(`reads ${what}`, async () => {
      const { said, ignored } = await taken({ messages });
      assert.deepEqual(said, read);
      assert.equal(ignored, names);
    });
  }

  for (const [fields, param] of REFUSED) {
    it(`refuses what would make the answer wrong: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { post, chat } = harness();
      const error = await errorOf(await post(PATH, chatBody(fields)), 400);
      assert.equal(error.param, param, error.message);
      assert.equal(chat.requests.length, 0);
    });
  }

  it("takes sampling from Ollama's options and from extra_body", async () => {
    const { request } = await taken({
      options: { temperature: 0.3, num_predict: 7, stop: ["x"], seed: 5 },
      extra_body: { top_p: 0.4 },
      top_p: 0.6,
    });
    assert.equal(request.sampling.temperature, 0.3);
    assert.equal(request.sampling.topP, 0.6);
    assert.equal(request.sampling.seed, 5);
    assert.equal(request.maxTokens, 7);
    assert.deepEqual(request.stop, ["x"]);
  });

  it("reads Anthropic's system message", async () => {
    const { said } = await taken({ system: "Be kind." });
    assert.deepEqual(said, [["system", "Be kind."], ["user", "Hi"]]);
  });

  it("is held to a schema wherever other servers have it", async () => {
    const schema = { type: "object", properties: { a: { const: 1 } }, required: ["a"] };
    const asked = [
      { response_format: { type: "json_schema", json_schema: { name: "n", schema } } },
      { response_format: { type: "json_schema", json_schema: { schema } } },
      { response_format: { type: "json_schema", name: "a b", schema } },
      { response_format: { type: "json_object", schema } },
      { guided_json: schema },
      { guided_json: JSON.stringify(schema) },
      { structured_outputs: { json: schema } },
      { format: schema },
      { json_schema: schema },
    ];
    for (const fields of asked) {
      const { request, ignored } = await taken(fields);
      assert.match(request.grammar?.id ?? "none", /./);
      assert.equal(ignored, null, JSON.stringify(fields));
    }
    const { request } = await taken({ format: "json" });
    assert(request.grammar);
  });

  it("may have tools together with a schema: a call, or a value", async () => {
    const schema = { type: "object", properties: { b: { type: "string" } } };
    const format = { response_format: { type: "json_schema", json_schema: { name: "n", schema } } };
    for (
      const fields of [format, { response_format: { type: "json_object" } }, { format: "json" }]
    ) {
      const value = await taken({ tools, ...fields }, { pieces: ['{"b": "c"}'] });
      assert(value.request.grammar);
      assert.equal(value.body.choices[0].message.content, '{"b": "c"}');
      const call = await taken({ tools, ...fields }, { pieces: [called('{"a":"x"}')] });
      assert.equal(call.body.choices[0].message.tool_calls[0].function.arguments, '{"a":"x"}');
      assert.equal(call.body.choices[0].finish_reason, "tool_calls");
    }
  });

  it("understands every spelling of a choice of tools", async () => {
    const g = { ...f, name: "g" };
    const both = [...tools, { type: "function", function: g }];
    const named = { type: "function", function: { name: "f" } };
    const allowed = (mode: string, ...list: object[]) => ({
      type: "allowed_tools",
      mode,
      tools: list,
    });
    const same = [
      [named, { type: "function", name: "f" }, { type: "tool", name: "f" }],
      ["required", "any", { type: "any" }, { type: "required" }],
      ["auto", { type: "auto" }, null, undefined],
      [
        allowed("auto", named),
        { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [named, { type: "mcp" }] } },
      ],
    ];
    const found: (string | undefined)[] = [];
    for (const spellings of same) {
      const ids = new Set<string | undefined>();
      for (const tool_choice of spellings) {
        ids.add((await taken({ tools: both, tool_choice })).request.grammar?.id);
      }
      assert.equal(ids.size, 1, JSON.stringify(spellings));
      found.push(...ids);
    }
    assert.equal(new Set(found).size, same.length);
    const none = await taken({ tools: both, tool_choice: { type: "none" } });
    assert.equal(none.request.grammar, undefined);
  });

  it("takes tools in the shapes of other APIs", async () => {
    const { name, parameters } = f;
    const grammars = new Set<string | undefined>();
    for (
      const tool of [
        { type: "function", function: f },
        { type: "function", ...f },
        { name, input_schema: parameters },
        { type: "custom", name, input_schema: parameters },
        f,
      ]
    ) {
      const { request, ignored } = await taken({ tools: [tool] });
      assert.equal(ignored, null);
      grammars.add(request.grammar?.id);
    }
    assert.equal(grammars.size, 1);
    const empty = await taken({
      tools: [{ type: "function", function: { name, parameters: [] } }],
    });
    assert(empty.request.grammar);
  });

  it("answers functions in the form that they had before there were tools", async () => {
    const pieces = ['<tool_call>{"name": "f", "argu', 'ments": {"a":"b"}}</tool_call>'];
    const asked = { functions: [f], function_call: "auto" };
    const { body } = await taken(asked, { pieces });
    const [choice] = body.choices;
    assert.deepEqual(choice.message.function_call, { name: "f", arguments: '{"a":"b"}' });
    assert.equal(choice.message.tool_calls, undefined);
    assert.equal(choice.finish_reason, "function_call");
    const { post } = harness({ script: { pieces } });
    const chunks = await chunksOf(await post(PATH, chatBody({ ...asked, stream: true })));
    const deltas = chunks.join("").split("\n\n").filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice("data: ".length)).choices[0]);
    const calls = deltas.flatMap(({ delta }) => delta.function_call ?? []);
    assert.equal(calls[0].name, "f");
    assert.equal(calls.map((call) => call.arguments).join(""), '{"a":"b"}');
    assert.equal(deltas.at(-1).finish_reason, "function_call");
  });

  it("may end with the assistant's message, which is to be continued", async () => {
    const begun = { role: "assistant", content: "Once" };
    for (
      const fields of [
        { messages: [user, begun] },
        { messages: [user, { ...begun, prefix: true }] },
        { messages: [user, begun], continue_final_message: true, add_generation_prompt: false },
      ]
    ) {
      const { said, ignored } = await taken(fields);
      assert.deepEqual(said, [["user", "Hi"], ["assistant", "Once"]]);
      assert.equal(ignored, null);
    }
    // Nothing to continue.
    const blank = await taken({ messages: [user, { role: "assistant", content: "" }] });
    assert.deepEqual(blank.said, [["user", "Hi"]]);
  });
});

describe("the header tern-ignored", () => {
  it("is there on streams, on errors, and for other origins", async () => {
    const { post, app } = harness({ corsOrigins: ["*"] });
    const fields = { keep_alive: "5m" };
    const streamed = await post(PATH, chatBody({ ...fields, stream: true }));
    assert.equal(streamed.headers.get("tern-ignored"), "keep_alive");
    await streamed.text();
    const failed = await post(PATH, chatBody({ ...fields, n: 100 }));
    assert.equal(failed.status, 400);
    assert.equal(failed.headers.get("tern-ignored"), "keep_alive");
    await failed.text();
    const origin = { headers: { origin: "https://a.example" } };
    const exposed = (await app.request("/v1/models", origin)).headers
      .get("access-control-expose-headers");
    assert.match(exposed ?? "", /tern-ignored/);
  });

  it("is bounded, however many fields there are and however long they are called", async () => {
    const { post, lines } = harness();
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`${index}${"x".repeat(200)}`, 1]),
    );
    const reply = await post(PATH, chatBody(many));
    const header = reply.headers.get("tern-ignored") ?? "";
    await reply.text();
    assert(header.length < 4_000, `${header.length}`);
    assert(header.endsWith(", ..."), header.slice(-20));
    for (let n = 0; n < 5; n++) {
      const fields = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${n}_${i}`, 1]));
      await (await post(PATH, chatBody(fields))).text();
    }
    const told = lines.filter((line) => line.includes('"field ignored"'));
    assert.equal(told.length, 64);
  });

  it("goes with one line in the log for each key and field", async () => {
    const { post, lines } = harness({ keys: ["a", "b"] });
    const ask = async (key: string, fields: object) => {
      const reply = await post(PATH, chatBody(fields), {
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      });
      assert.equal(reply.status, 200, await reply.text());
    };
    for (const key of ["a", "b", "a"]) {
      await ask(key, { keep_alive: "5m" });
      await ask(key, { keep_alive: "7m", num_ctx: 1 });
    }
    const told = lines.map((line) => JSON.parse(line)).filter(({ message }) =>
      message === "field ignored"
    );
    assert.deepEqual(told.map(({ field }) => field), [
      ...["keep_alive", "num_ctx"],
      ...["keep_alive", "num_ctx"],
    ]);
    assert.equal(new Set(told.map(({ tenant }) => tenant)).size, 2);
    assert(!JSON.stringify(told).includes("5m"));
  });
});
