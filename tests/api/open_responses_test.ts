import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

const PATH = "/v1/responses";
const user = { role: "user", content: "Hi" };
const tool = { type: "function", name: "f" };
const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
const called = (json: string, name = "f") => writeCalls([{ name, arguments: json }]);
const returned = (text: string) => `<tool_response>\n${text}\n</tool_response>`;

/** What of a body reaches the service, and what the header names. */
async function taken(fields: object) {
  const { post, chat, app } = harness();
  const reply = await post(PATH, responseBody(fields));
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  const [request] = chat.requests;
  assert(request);
  return {
    request,
    app,
    said: request.messages.map(({ role, text }) => [role, text]),
    ignored: reply.headers.get("tern-ignored"),
    body: JSON.parse(text),
  };
}

/** Fields of a request, and what the header names of them. */
const IGNORED: readonly (readonly [object, string | null])[] = [
  [{ reasoning: { effort: "low", summary: "auto" } }, "reasoning"],
  [
    { client_metadata: { a: "b" }, prompt_cache_key: "k", text: { verbosity: "low" } },
    "text.verbosity, client_metadata",
  ],
  [{ background_options: { completion_window: "soonest" } }, "background_options"],
  [{ include: ["reasoning.encrypted_content", "tool_call.results"] }, "include.tool_call.results"],
  [{ stream_options: { include_obfuscation: true } }, "stream_options"],
  [{ conversation: null, options: { num_ctx: 1 }, stop: "x" }, "options.num_ctx"],
  [
    { context_management: [{ type: "compaction", compact_threshold: 1_000 }] },
    "context_management",
  ],
  [
    { tools: [{ type: "web_search" }, { type: "namespace", name: "x" }, tool] },
    "tools.web_search, tools.namespace",
  ],
  [{ tools: [{ type: "function", function: { name: "f" } }] }, null],
  [{ tool_choice: { type: "auto" }, instructions: " \n" }, null],
  [{ text: { format: { type: "json_schema", schema: { type: "object" } } } }, null],
  [
    { text: { format: { type: "json_object", schema: { type: "object", not: {} } } } },
    "text.format.schema.not",
  ],
  [{ response_format: { type: "json_object" } }, null],
  [{ messages: [user] }, "messages"],
];

type Said = readonly (readonly [string, string])[];

/** Items as clients send them, what the model reads, and what the header names. */
const HISTORY: readonly (readonly [string, object[] | object | string, Said, string | null])[] = [
  ["a blank text", "", [["user", ""]], null],
  ["one item without a list", user, [["user", "Hi"]], null],
  [
    "reasoning",
    [{ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" }, user],
    [["user", "Hi"]],
    null,
  ],
  [
    "parts of other types than the role has",
    [
      { role: "user", content: [{ type: "text", text: "A" }, { type: "output_text", text: "B" }] },
      {
        role: "assistant",
        content: [{ type: "input_text", text: "C" }, { type: "refusal", refusal: "D" }],
      },
      { type: "input_text", text: "E" },
    ],
    [["user", "AB"], ["assistant", "CD"], ["user", "E"]],
    null,
  ],
  [
    "messages with nothing, and with fields of others",
    [{ role: "user", name: "anna", content: null }, { type: "message", role: "assistant" }, {
      ...user,
      internal_chat_message_metadata_passthrough: { a: 1 },
    }],
    [["user", ""], ["assistant", ""], ["user", "Hi"]],
    "input.internal_chat_message_metadata_passthrough",
  ],
  [
    "calls and results without what they need",
    [
      user,
      { type: "function_call", id: "fc_9", name: "f", arguments: { a: 1 } },
      { type: "function_call_output", output: null },
      { name: "g", call_id: "d", arguments: "" },
      {
        call_id: "d",
        output: [{ type: "input_text", text: "1" }, { type: "output_text", text: "2" }],
      },
      call,
      { type: "function_call_output", call_id: "c", output: { ok: true } },
    ],
    [
      ["user", "Hi"],
      ["assistant", called('{"a":1}')],
      ["user", returned("")],
      ["assistant", called("{}", "g")],
      ["user", returned("12")],
      ["assistant", called("{}")],
      ["user", returned('{"ok":true}')],
    ],
    null,
  ],
  [
    "an image that a tool returned",
    [call, {
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_text", text: "Seen: " }, { type: "input_image", image_url: "data:" }],
    }],
    [["assistant", called("{}")], ["user", returned("Seen: [image left out]")]],
    "input.output.input_image",
  ],
  [
    "what custom tools and shells did",
    [
      { type: "custom_tool_call", call_id: "a", name: "apply_patch", input: "x" },
      { type: "custom_tool_call_output", call_id: "a", output: "done" },
      {
        type: "local_shell_call",
        call_id: "b",
        action: { type: "exec", command: ["ls"] },
        status: "completed",
      },
      { type: "local_shell_call_output", call_id: "b", output: "a.txt" },
    ],
    [
      ["assistant", called('{"input":"x"}', "apply_patch")],
      ["user", returned("done")],
      ["assistant", called('{"type":"exec","command":["ls"]}', "local_shell")],
      ["user", returned("a.txt")],
    ],
    null,
  ],
  [
    "what other servers' tools found",
    [
      {
        type: "web_search_call",
        id: "ws_1",
        status: "completed",
        action: { type: "search", query: "x" },
      },
      { type: "file_search_call", id: "fs_1", queries: ["x"], results: [{ text: "found" }] },
      {
        type: "code_interpreter_call",
        id: "ci_1",
        code: "1+1",
        outputs: [{ type: "logs", logs: "2" }],
      },
      {
        type: "mcp_call",
        id: "mcp_1",
        server_label: "s",
        name: "roll",
        arguments: "{}",
        output: "4",
      },
      { type: "mcp_list_tools", id: "l", server_label: "s", tools: [] },
      { type: "image_generation_call", id: "ig", result: "aGk=" },
      user,
    ],
    [["user", returned("found")], ["user", returned("2")], ["user", returned("4")], ["user", "Hi"]],
    "input.web_search_call, input.file_search_call, input.code_interpreter_call, input.mcp_call, input.mcp_list_tools, input.image_generation_call",
  ],
  [
    "messages of chat completions",
    [
      user,
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "4" },
    ],
    [["user", "Hi"], ["assistant", called("{}")], ["user", returned("4")]],
    null,
  ],
];

/** What would make the answer wrong, and the field that the error names. */
const REFUSED: readonly (readonly [object, string])[] = [
  [{ input: [{ role: "robot", content: "Hi" }] }, "input[0].role"],
  [{ input: [{ role: "user", content: 4 }] }, "input[0].content"],
  [{ input: [] }, "input"],
  [{ input: [{ type: "reasoning", summary: [] }] }, "input"],
  [{ input: [user, call] }, "input[1].type"],
  ...["input_image", "input_file", "input_audio", "image_url"].map((type) =>
    [{ input: [{ role: "user", content: [{ type }] }] }, "input[0].content[0].type"] as const
  ),
  [{ input: [{ type: "input_image", image_url: "data:" }] }, "input[0].content[0].type"],
  [
    // The place is the one in the client's own list.
    {
      input: [{ type: "reasoning", summary: [] }, {
        role: "user",
        content: [{ type: "input_image" }],
      }],
    },
    "input[1].content[0].type",
  ],
  [
    {
      input: [{ type: "reasoning", summary: [] }, user, {
        type: "function_call_output",
        call_id: "none",
        output: "4",
      }],
    },
    "input[2].call_id",
  ],
  [{ input: [{ type: "reasoning" }, { type: "item_reference", id: "msg_1" }] }, "input[1].id"],
  [{ prompt: { id: "pmpt_1" } }, "prompt"],
  [{ grammar: "root ::= x" }, "grammar"],
  [{ tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }, "tool_choice.type"],
  [{ tools: [tool], tool_choice: { type: "function", name: "web_search" } }, "tool_choice.name"],
  [{ tools: [tool], tool_choice: { type: "mcp", server_label: "s" } }, "tool_choice.type"],
  [
    { tools: [{ type: "web_search" }, { ...tool, strict: true, parameters: { not: {} } }] },
    "tools[1].parameters.not",
  ],
];

describe("an open response", () => {
  for (const [fields, names] of IGNORED) {
    it(`names what it ignores: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      assert.equal((await taken(fields)).ignored, names);
    });
  }

  for (const [what, input, read, names] of HISTORY) {
    it(`reads ${what}`, async () => {
      const { said, ignored } = await taken({ input });
      assert.deepEqual(said, read);
      assert.equal(ignored, names);
    });
  }

  for (const [fields, param] of REFUSED) {
    it(`refuses what would make the answer wrong: ${JSON.stringify(fields).slice(0, 90)}`, async () => {
      const { post, chat } = harness();
      const reply = await post(PATH, responseBody(fields));
      const error = await errorOf(reply, param.endsWith(".id") ? 404 : 400);
      assert.equal(error.param, param, error.message);
      assert(
        param.endsWith(".id") || error.message.includes(param) || param.endsWith("call_id"),
        error.message,
      );
      assert.equal(chat.requests.length, 0);
    });
  }

  it("keeps the names of what was ignored with the response", async () => {
    const { body, app } = await taken({ reasoning: { effort: "low" } });
    for (const query of ["", "?stream=true"]) {
      const again = await app.request(`${PATH}/${body.id}${query}`);
      await again.text();
      assert.equal(again.headers.get("tern-ignored"), "reasoning");
    }
    const other = await taken({});
    assert.equal(
      (await other.app.request(`${PATH}/${other.body.id}`)).headers.get("tern-ignored"),
      null,
    );
  });

  it("tells the phase of a message that it was given", async () => {
    const content = [{ type: "output_text", text: "A" }];
    const { body, app, ignored } = await taken({
      input: [{ type: "message", role: "assistant", phase: "commentary", content }, {
        ...user,
        phase: "commentary",
      }],
    });
    assert.equal(ignored, null);
    const items = await (await app.request(`${PATH}/${body.id}/input_items?order=asc`)).json();
    assert.deepEqual(items.data.map(({ phase }: { phase?: string }) => phase), [
      "commentary",
      undefined,
    ]);
  });

  it("may end with the assistant's message, which is to be continued", async () => {
    const begun = { role: "assistant", content: "Once" };
    const { said } = await taken({ input: [user, begun] });
    assert.deepEqual(said, [["user", "Hi"], ["assistant", "Once"]]);
  });

  it("stops where it is asked to", async () => {
    assert.deepEqual((await taken({ stop: ["x", ""] })).request.stop, ["x"]);
  });

  it("takes the same shapes where it only reads or counts, and in conversations", async () => {
    const { post } = harness();
    const input = [{ type: "reasoning", summary: [] }, { role: "user", content: [{ text: "Hi" }] }];
    for (const path of [`${PATH}/input_tokens`, `${PATH}/compact`]) {
      const reply = await post(
        path,
        responseBody({ input, service_tier: "flex", tools: [{ type: "mcp" }] }),
      );
      assert.equal(reply.status, 200, await reply.text());
      assert.match(reply.headers.get("tern-ignored") ?? "", /^tools\.mcp, service_tier$/);
    }
    const made = await post("/v1/conversations", { items: input, subject: "A" });
    const { id } = await made.json();
    assert.equal(made.headers.get("tern-ignored"), "items.reasoning, subject");
    const added = await post(`/v1/conversations/${id}/items`, { items: input });
    assert.equal((await added.json()).data.length, 1);
  });
});
