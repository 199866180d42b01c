import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import { errorOf } from "../error_of.ts";
import { chunksOf, harness, nthId, responseBody } from "./harness.ts";

const PATH = "/v1/responses";
const ID = nthId("resp_", 2);
const NAME = ID.slice("resp_".length);
const CALLS = [
  { name: "add", arguments: '{"a": 1, "b": "}{\\""}' },
  { name: "now", arguments: "{}" },
];
const tools = CALLS.map(({ name }) => ({
  type: "function",
  name,
  description: `What ${name} does`,
  parameters: { type: "object", properties: { a: { type: "integer" } } },
}));

const call = (index: number, status: string, json = CALLS[index]!.arguments) => ({
  type: "function_call",
  id: `fc_${NAME}_${index}`,
  call_id: `call_${NAME}_${index}`,
  name: CALLS[index]!.name,
  arguments: json,
  status,
});

/** The events of a stream, as they are in its data. */
async function eventsOf(reply: Response) {
  return (await chunksOf(reply)).slice(0, -1)
    .map((chunk) => JSON.parse(chunk.split("data: ")[1] ?? ""));
}

const withTools = (fields: object = {}) => responseBody({ tools, ...fields });

describe("a response with tools", () => {
  it("has an item for each call", async () => {
    const { post, chat } = harness({ script: { pieces: [writeCalls(CALLS)] } });
    const response = await (await post(PATH, withTools())).json();
    assert.equal(response.status, "completed");
    assert.deepEqual(response.output, [call(0, "completed"), call(1, "completed")]);
    assert(chat.request.grammar);
    assert.match(chat.request.instructions ?? "", /^You can call .*"name":"add".*What add does/s);
  });

  it("streams each call: the item, its arguments as they come, and its end", async () => {
    const text = writeCalls(CALLS);
    const pieces = [text.slice(0, 50), text.slice(50, 60), text.slice(60)];
    const { app, post } = harness({ script: { pieces } });
    const events = await eventsOf(await post(PATH, withTools({ stream: true })));
    assert.deepEqual(
      events.map(({ sequence_number }) => sequence_number),
      [...events.keys()],
    );
    const of = (type: string) => events.filter((event) => event.type === `response.${type}`);
    assert.deepEqual(
      of("output_item.added").map(({ output_index, item }) => [output_index, item]),
      [
        [0, call(0, "in_progress", "")],
        [1, call(1, "in_progress", "")],
      ],
    );
    assert.deepEqual(of("output_item.done").map(({ item }) => item), [
      call(0, "completed"),
      call(1, "completed"),
    ]);
    for (const [index, { name, arguments: json }] of CALLS.entries()) {
      const deltas = of("function_call_arguments.delta")
        .filter(({ output_index }) => output_index === index);
      assert.equal(deltas.map(({ delta }) => delta).join(""), json);
      assert.deepEqual(
        new Set(deltas.map(({ item_id }) => item_id)),
        new Set([`fc_${NAME}_${index}`]),
      );
      const done = of("function_call_arguments.done")[index];
      assert.deepEqual([done.name, done.arguments], [name, json]);
    }
    // The first has ended before the second begins.
    const order = events.map(({ type }) => type).filter((type) => type.includes("output_item"));
    assert.deepEqual(order.map((type) => type.split(".").at(-1)), [
      "added",
      "done",
      "added",
      "done",
    ]);
    assert.deepEqual(events.at(-1).response.output, [call(0, "completed"), call(1, "completed")]);
    const again = (query: string) => app.request(`${PATH}/${ID}?stream=true${query}`);
    assert.deepEqual(await eventsOf(await again("")), events);
    assert.deepEqual(await eventsOf(await again("&starting_after=4")), events.slice(5));
  });

  it("ends with a call that is cut off", async () => {
    const whole = writeCalls(CALLS);
    const { post } = harness({ script: { pieces: [whole.slice(0, 45)], reason: "length" } });
    const events = await eventsOf(await post(PATH, withTools({ stream: true })));
    const { response } = events.at(-1);
    assert.equal(response.status, "incomplete");
    assert.equal(response.output.length, 1);
    assert.equal(response.output[0].status, "incomplete");
    assert(CALLS[0]!.arguments.startsWith(response.output[0].arguments));
    assert.deepEqual(events.at(-2).item, response.output[0]);
  });

  it("ends with a call whose name is cut off, after those that are whole", async () => {
    const second = writeCalls(CALLS).lastIndexOf("now");
    for (const [end, before] of [[23, []], [second + 1, [call(0, "completed")]]] as const) {
      const pieces = [writeCalls(CALLS).slice(0, end)];
      const { app, post } = harness({ script: { pieces, reason: "length" } });
      const events = await eventsOf(await post(PATH, withTools({ stream: true })));
      const { type, response } = events.at(-1);
      assert.equal(type, "response.incomplete");
      assert.deepEqual(response.incomplete_details, { reason: "max_output_tokens" });
      assert.deepEqual(response.output.slice(0, -1), before);
      const cut = { ...call(before.length, "incomplete", ""), name: end === 23 ? "ad" : "n" };
      assert.deepEqual(response.output.at(-1), cut);
      const done = events.filter((event) => event.type === "response.output_item.done");
      assert.deepEqual(done.map(({ item }) => item), response.output);
      const stored = await (await app.request(`${PATH}/${response.id}`)).json();
      assert.deepEqual(stored.output, response.output);
    }
  });

  it("says that a call is done before anything comes after it", async () => {
    const text = writeCalls(CALLS);
    const json = text.indexOf(CALLS[0]!.arguments) + CALLS[0]!.arguments.length;
    const rest = Promise.withResolvers<string>();
    const { app, post } = harness({ script: { pieces: [text.slice(0, json), rest.promise] } });
    const reply = await post(PATH, withTools({ stream: true }));
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!seen.includes("response.output_item.done")) seen += (await reader.read()).value;
    // A response that is fetched meanwhile has it, too.
    const { status, output } = await (await app.request(`${PATH}/${ID}`)).json();
    assert.deepEqual([status, output], ["in_progress", [call(0, "completed")]]);
    rest.resolve(text.slice(json));
    for (let done = false; !done;) ({ done } = await reader.read());
  });

  it("has whole calls only, where the limit came after the last", async () => {
    const pieces = [writeCalls(CALLS).slice(0, -3)];
    const { post } = harness({ script: { pieces, reason: "length" } });
    const response = await (await post(PATH, withTools())).json();
    assert.equal(response.status, "incomplete");
    assert.deepEqual(response.output, [call(0, "completed"), call(1, "completed")]);
  });

  it("may be text, even text that looks like a call for a while", async () => {
    const { post } = harness({ script: { pieces: ["<tool", " box>"] } });
    const events = await eventsOf(await post(PATH, withTools({ stream: true })));
    const deltas = events.filter(({ type }) => type === "response.output_text.delta");
    assert.equal(deltas.map(({ delta }) => delta).join(""), "<tool box>");
    assert.equal(events.at(-1).response.output[0].content[0].text, "<tool box>");
  });

  it("tells the model the same of tools whatever may be called, so that its state holds", async () => {
    const { post, chat } = harness();
    const told = [];
    const named = { type: "function", name: "now" };
    const allowed = { type: "allowed_tools", mode: "required", tools: [named] };
    for (const tool_choice of ["auto", "none", "required", named, allowed]) {
      assert.equal((await post(PATH, withTools({ tool_choice }))).status, 200);
      told.push(chat.request.instructions);
      assert(chat.request.grammar, JSON.stringify(tool_choice));
    }
    assert.equal(new Set(told).size, 1);
    await post(PATH, withTools({ instructions: "Be brief." }));
    assert(chat.request.instructions?.startsWith("Be brief.\nYou can call"));
  });

  it("reads calls and results as they were written", async () => {
    const { app, post, chat } = harness();
    const input = [
      { role: "user", content: "1 + 1?" },
      ...CALLS.map((call, i) => ({ type: "function_call", call_id: `c${i}`, ...call })),
      { type: "function_call_output", call_id: "c0", output: "2" },
      {
        type: "function_call_output",
        call_id: "c1",
        output: [{ type: "input_text", text: "no" }, { type: "input_text", text: "on" }],
      },
    ];
    const { id } = await (await post(PATH, responseBody({ input }))).json();
    assert.deepEqual(chat.request.messages, [
      { role: "user", text: "1 + 1?" },
      ...CALLS.map((call, i) => ({
        role: "assistant",
        text: writeCalls([call]),
        tool: { type: "call", callId: `c${i}`, ...call },
      })),
      ...["2", "noon"].map((output, i) => ({
        role: "user",
        text: `<tool_response>\n${output}\n</tool_response>`,
        tool: { type: "result", callId: `c${i}`, output },
      })),
    ]);
    const items = await (await app.request(`${PATH}/${id}/input_items?order=asc`)).json();
    assert.deepEqual(
      items.data.map((
        { type, call_id, output }: Record<string, string>,
      ) => [type, call_id, output]),
      [
        ["message", undefined, undefined],
        ["function_call", "c0", undefined],
        ["function_call", "c1", undefined],
        ["function_call_output", "c0", "2"],
        ["function_call_output", "c1", "noon"],
      ],
    );
    assert.match(items.data[1].id, /^fc_[0-9a-f]{48}$/);
    assert.match(items.data[3].id, /^fco_[0-9a-f]{48}$/);
  });

  it("takes its own items back, whole or by reference", async () => {
    const { post, chat } = harness({ script: { pieces: [writeCalls(CALLS)] } });
    const { output } = await (await post(PATH, withTools())).json();
    const result = { type: "function_call_output", call_id: output[0].call_id, output: "2" };
    const references = output.map(({ id }: { id: string }) => ({ type: "item_reference", id }));
    const read = [];
    for (const items of [output, references]) {
      const input = [{ role: "user", content: "1 + 1?" }, ...items, result];
      const reply = await post(PATH, responseBody({ input, tools }));
      assert.equal(reply.status, 200, await reply.text());
      read.push(chat.request.messages);
    }
    assert.deepEqual(read[1], read[0]);
  });

  for (
    const id of [
      `fc_${NAME}_7`,
      `fc_${"a".repeat(48)}_0`,
      `msg_${"b".repeat(48)}`,
      "msg_1",
      "fc_/../x",
    ]
  ) {
    it(`refuses a reference to nothing: ${id}`, async () => {
      const { post } = harness({ script: { pieces: [writeCalls(CALLS)] } });
      await post(PATH, withTools());
      const input = [{ role: "user", content: "a" }, { type: "item_reference", id }];
      const error = await errorOf(await post(PATH, responseBody({ input })), 404);
      assert.deepEqual([error.param, error.code], ["input[1].id", "item_not_found"]);
    });
  }

  it("refuses a reference to an own call as what is to be answered", async () => {
    const { post } = harness({ script: { pieces: [writeCalls(CALLS)] } });
    const { output: [{ id }] } = await (await post(PATH, withTools())).json();
    const input = [{ role: "user", content: "a" }, { type: "item_reference", id }];
    const error = await errorOf(await post(PATH, responseBody({ input })), 400);
    assert.equal(error.param, "input[1]");
  });

  it("makes part of a conversation, with all kinds of items", async () => {
    const { app, post, chat } = harness({ script: { pieces: [writeCalls(CALLS)] } });
    const create = (await post("/v1/conversations", {
      items: [
        { role: "user", content: "Hi" },
        { type: "function_call", call_id: "c", ...CALLS[0] },
        { type: "function_call_output", call_id: "c", output: "2" },
      ],
    })).json();
    const { id } = await create;
    const fields = { conversation: id, input: [{ role: "user", content: "Again?" }] };
    const first = await (await post(PATH, withTools(fields))).json();
    chat.script = { pieces: ["Done"] };
    const results = first.output.map(({ call_id }: { call_id: string }) => ({
      type: "function_call_output",
      call_id,
      output: "ok",
    }));
    assert.equal((await post(PATH, withTools({ ...fields, input: results }))).status, 200);
    const list = async () =>
      (await (await app.request(`/v1/conversations/${id}/items?order=asc`)).json()).data;
    const items = await list();
    const kinds = ["message", "function_call", "function_call_output", "message"];
    assert.deepEqual(items.map(({ type }: { type: string }) => type), [
      ...kinds,
      "function_call",
      "function_call",
      "function_call_output",
      "function_call_output",
      "message",
    ]);
    assert.deepEqual(items.slice(4, 6), first.output);
    for (const item of items) {
      const reply = await app.request(`/v1/conversations/${id}/items/${item.id}`);
      assert.deepEqual(await reply.json(), item);
    }
    await app.request(`/v1/conversations/${id}/items/${items[5].id}`, { method: "DELETE" });
    assert.deepEqual(
      (await list()).map(({ id }: { id: string }) => id),
      items.toSpliced(5, 1).map(({ id }: { id: string }) => id),
    );
  });
});

describe("a response with a format", () => {
  it("is held to it, also when it calls nothing though it might", async () => {
    const { post, chat } = harness({ script: { pieces: ['{"a": 1}'] } });
    const format = { type: "json_schema", name: "n", schema: { type: "object" }, strict: true };
    const response = await (await post(PATH, withTools({ text: { format } }))).json();
    assert.equal(response.output[0].content[0].text, '{"a": 1}');
    assert.deepEqual(response.text.format, { ...format, description: null });
    assert(chat.request.grammar);
  });

  it("is held to it when it is not stored, too", async () => {
    const { post, chat } = harness({ script: { pieces: ["{}"] } });
    const text = { format: { type: "json_object" } };
    const response = await (await post(PATH, responseBody({ text, store: false }))).json();
    assert.deepEqual(response.text, { format: { type: "json_object" } });
    assert(chat.request.grammar);
  });
});

describe("a response that tells how likely its tokens were", () => {
  const entry = (token: number, logprob: number) => ({ token, logprob });
  const logprobs = [
    [{ ...entry(72, -0.5), top: [entry(72, -0.5), entry(104, -1)] }],
    [{ ...entry(105, -Infinity), top: [] }],
  ];
  const told = [
    {
      token: "H",
      logprob: -0.5,
      bytes: [72],
      top_logprobs: [
        { token: "H", logprob: -0.5, bytes: [72] },
        { token: "h", logprob: -1, bytes: [104] },
      ],
    },
    { token: "i", logprob: -9999, bytes: [105], top_logprobs: [] },
  ];
  const include = ["message.output_text.logprobs"];

  for (const store of [true, false]) {
    it(`tells it with the text, ${store ? "" : "not "}stored`, async () => {
      const { post, chat } = harness({ script: { pieces: ["H", "i"], logprobs } });
      const fields = { include, top_logprobs: 2, store };
      const response = await (await post(PATH, responseBody(fields))).json();
      assert.equal(chat.request.topLogprobs, 2);
      assert.equal(response.top_logprobs, 2);
      assert.deepEqual(response.output[0].content[0].logprobs, told);
    });
  }

  it("streams it, and again from the store", async () => {
    const { app, post } = harness({ script: { pieces: ["H", "i"], logprobs } });
    const fields = { include, top_logprobs: 2, stream: true };
    const chunks = await chunksOf(await post(PATH, responseBody(fields)));
    assert.deepEqual(await chunksOf(await app.request(`${PATH}/${ID}?stream=true`)), chunks);
    const events = chunks.slice(0, -1).map((chunk) => JSON.parse(chunk.split("data: ")[1] ?? ""));
    const deltas = events.filter(({ type }) => type === "response.output_text.delta");
    assert.deepEqual(deltas.flatMap(({ logprobs }) => logprobs), told);
    const done = events.find(({ type }) => type === "response.output_text.done");
    assert.deepEqual(done.logprobs, told);
    assert.deepEqual(events.at(-1).response.output[0].content[0].logprobs, told);
  });

  it("is not asked for it unless the client is", async () => {
    const { post, chat } = harness();
    await post(PATH, responseBody());
    assert.equal(chat.request.topLogprobs, undefined);
    await post(PATH, responseBody({ include }));
    assert.equal(chat.request.topLogprobs, 0);
    await post(PATH, responseBody({ top_logprobs: 3 }));
    assert.equal(chat.request.topLogprobs, 3);
  });
});
