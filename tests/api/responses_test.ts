import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { chunksOf, harness, nthId, responseBody } from "./harness.ts";

const PATH = "/v1/responses";

/** The response object of a harness's first response, before anything of it was made. */
const EMPTY = {
  id: nthId("resp_", 2),
  object: "response",
  created_at: 1_800_000_000,
  completed_at: null,
  status: "in_progress",
  incomplete_details: null,
  model: "tern-test",
  previous_response_id: null,
  instructions: null,
  output: [],
  error: null,
  tools: [],
  tool_choice: "auto",
  truncation: "disabled",
  parallel_tool_calls: true,
  text: { format: { type: "text" } },
  top_p: 0.8,
  presence_penalty: 0.1,
  frequency_penalty: 0.2,
  top_logprobs: 0,
  temperature: 0.9,
  reasoning: null,
  usage: null,
  max_output_tokens: null,
  max_tool_calls: null,
  store: true,
  background: false,
  service_tier: "default",
  metadata: {},
  safety_identifier: null,
  prompt_cache_key: null,
};

const USAGE = {
  input_tokens: 7,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 10,
};

const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });

const message = (status: string, ...texts: string[]) => ({
  type: "message",
  id: nthId("msg_", 2),
  status,
  role: "assistant",
  content: texts.map(part),
});

/** An event on the wire. */
function frame(type: string, sequence_number: number, fields: object): string {
  const data = JSON.stringify({ type, sequence_number, ...fields });
  return `id: ${sequence_number}\nevent: ${type}\ndata: ${data}\n\n`;
}

const OPENING = [
  frame("response.created", 0, { response: EMPTY }),
  frame("response.in_progress", 1, { response: EMPTY }),
  frame("response.output_item.added", 2, { output_index: 0, item: message("in_progress") }),
  frame("response.content_part.added", 3, {
    item_id: nthId("msg_", 2),
    output_index: 0,
    content_index: 0,
    part: part(""),
  }),
];

const delta = (sequence: number, text: string) =>
  frame("response.output_text.delta", sequence, {
    item_id: nthId("msg_", 2),
    output_index: 0,
    content_index: 0,
    delta: text,
    logprobs: [],
  });

const closing = (sequence: number, status: string, text: string, response: object) => {
  const at = { item_id: nthId("msg_", 2), output_index: 0, content_index: 0 };
  const output = message(status, text);
  return [
    frame("response.output_text.done", sequence, { ...at, text, logprobs: [] }),
    frame("response.content_part.done", sequence + 1, { ...at, part: part(text) }),
    frame("response.output_item.done", sequence + 2, { output_index: 0, item: output }),
    frame(`response.${status}`, sequence + 3, {
      response: { ...EMPTY, ...response, status, output: [output], usage: USAGE },
    }),
    "data: [DONE]\n\n",
  ];
};

describe("a response", () => {
  it("has every field, null where there is nothing to say", async () => {
    const { post } = harness();
    const response = await post(PATH, responseBody());
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      ...EMPTY,
      status: "completed",
      completed_at: 1_800_000_000,
      output: [message("completed", "Hello, world")],
      usage: USAGE,
    });
  });

  it("is incomplete when the limit ended it", async () => {
    const { post } = harness({ script: { pieces: ["Hel"], reason: "length" } });
    const response = await post(PATH, responseBody({ max_output_tokens: 16 }));
    assert.deepEqual(await response.json(), {
      ...EMPTY,
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      max_output_tokens: 16,
      output: [message("incomplete", "Hel")],
      usage: USAGE,
    });
  });

  it("repeats what was asked for", async () => {
    const { post } = harness();
    const first = await (await post(PATH, responseBody())).json();
    const fields = {
      instructions: "Be brief.",
      previous_response_id: first.id,
      store: false,
      temperature: 0,
      top_p: 1,
      presence_penalty: -2,
      frequency_penalty: 2,
      max_output_tokens: 99,
      metadata: { topic: "birds", "": "" },
      truncation: "auto",
      parallel_tool_calls: false,
      tool_choice: "required",
      tools: [{
        type: "function",
        name: "add",
        description: "Adds.",
        parameters: { type: "object", properties: {} },
        strict: true,
      }],
      text: {
        format: {
          type: "json_schema",
          name: "sum",
          description: null,
          schema: { type: "object" },
          strict: true,
        },
      },
      top_logprobs: 3,
    };
    const response = await (await post(PATH, responseBody(fields))).json();
    for (const [name, value] of Object.entries(fields)) {
      assert.deepEqual(response[name], value, name);
    }
  });

  it("is stored under its id unless told not to be", async () => {
    const { post, chat } = harness();
    for (const store of [undefined, null, true]) {
      const { id, store: said } = await (await post(PATH, responseBody({ store }))).json();
      assert.equal(chat.request.storeAs, id);
      assert.equal(chat.request.ephemeral, undefined);
      assert.equal(said, true);
    }
    await post(PATH, responseBody({ store: false }));
    assert.equal(chat.request.storeAs, undefined);
    assert.equal(chat.request.ephemeral, true);
  });

  it("asks for a turn with the service's own defaults", async () => {
    const { post, chat } = harness();
    await post(PATH, responseBody());
    const { signal, commitWith, toReply, ...request } = chat.request;
    assert(commitWith);
    assert.deepEqual(toReply?.({ answer: "b" }), [
      { id: nthId("msg_", 2), message: { role: "assistant", text: "b" } },
    ]);
    assert(!signal.aborted);
    const { maxTokens, maxTokensLimit: _, ...sampling } = chat.defaults;
    const [input] = request.itemIds ?? [];
    assert.match(input ?? "", /^msg_[0-9a-f]{48}$/);
    assert.notEqual(input, nthId("msg_", 2));
    assert.deepEqual(request, {
      tenant: "public",
      messages: [{ role: "user", text: "Hi" }],
      itemIds: [input],
      storeAs: nthId("resp_", 2),
      sampling,
      stop: [],
      maxTokens,
    });
  });

  it("passes on instructions, items and the response to continue", async () => {
    const { post, chat } = harness();
    const first = await (await post(PATH, responseBody())).json();
    await post(
      PATH,
      responseBody({
        instructions: "Be brief.",
        previous_response_id: first.id,
        max_output_tokens: 16,
        input: [
          { role: "developer", content: "Rule." },
          { type: "message", role: "user", content: [{ type: "input_text", text: "a" }] },
          {
            type: "message",
            id: "msg_1",
            status: "completed",
            role: "assistant",
            content: [{ type: "output_text", text: "b", annotations: [], logprobs: [] }],
          },
          { role: "assistant", content: "" },
          {
            role: "user",
            content: [{ type: "input_text", text: "c" }, { type: "input_text", text: " d" }],
          },
        ],
      }),
    );
    const { instructions, messages, previous, maxTokens } = chat.request;
    assert.equal(instructions, "Be brief.");
    assert.equal(previous, first.id);
    assert.equal(maxTokens, 16);
    assert.deepEqual(messages, [
      { role: "system", text: "Rule." },
      { role: "user", text: "a" },
      { role: "assistant", text: "b" },
      { role: "assistant", text: "" },
      { role: "user", text: "c d" },
    ]);
  });

  it("takes empty instructions for none", async () => {
    const { post, chat } = harness();
    assert.equal((await post(PATH, responseBody({ instructions: "" }))).status, 200);
    assert.equal(chat.request.instructions, undefined);
  });

  it("takes back its own output items, as clients do to continue", async () => {
    const { post } = harness();
    const { output } = await (await post(PATH, responseBody())).json();
    const input = [{ role: "user", content: "Hi" }, ...output, { role: "user", content: "And?" }];
    assert.equal((await post(PATH, responseBody({ input }))).status, 200);
  });

  it("fails as a whole when the turn fails midway", async () => {
    const { post } = harness({ script: { pieces: ["a"], streamError: new Error("secret") } });
    await errorOf(await post(PATH, responseBody()), 500);
  });
});

describe("a streamed response", () => {
  const plain = { stream: true, stream_options: { include_obfuscation: false } };

  it("is these bytes", async () => {
    const { post } = harness();
    const response = await post(PATH, responseBody(plain));
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.deepEqual(await chunksOf(response), [
      ...OPENING,
      delta(4, "Hello"),
      delta(5, ", "),
      delta(6, "world"),
      ...closing(7, "completed", "Hello, world", { completed_at: 1_800_000_000 }),
    ]);
  });

  it("is incomplete when the limit ended it", async () => {
    const { post } = harness({ script: { pieces: ["Hel"], reason: "length" } });
    assert.deepEqual(await chunksOf(await post(PATH, responseBody(plain))), [
      ...OPENING,
      delta(4, "Hel"),
      ...closing(5, "incomplete", "Hel", { incomplete_details: { reason: "max_output_tokens" } }),
    ]);
  });

  it("has its item even when the answer is empty", async () => {
    const { post } = harness({ script: { pieces: [] } });
    assert.deepEqual(await chunksOf(await post(PATH, responseBody({ stream: true }))), [
      ...OPENING,
      ...closing(4, "completed", "", { completed_at: 1_800_000_000 }),
    ]);
  });

  it("keeps each event in one frame, whatever the text", async () => {
    const pieces = ["\n\ndata: [DONE]\n\n", "event: error\n", "\r", "\0", "\ud83d", "\udc26"];
    const { post } = harness({ script: { pieces } });
    const chunks = await chunksOf(await post(PATH, responseBody({ stream: true })));
    for (const [index, chunk] of chunks.slice(0, -1).entries()) {
      const [, id, event, data] =
        /^id: (\d+)\nevent: ([a-z_.]+)\ndata: ([^\n]+)\n\n$/.exec(chunk) ?? [];
      const { type, sequence_number } = JSON.parse(data ?? "");
      assert.equal(id, `${index}`);
      assert.equal(type, event);
      assert.equal(sequence_number, index);
    }
    const done = JSON.parse(chunks.at(-5)?.split("\ndata: ")[1] ?? "");
    assert.equal(done.text, pieces.join(""));
  });

  const ERROR = {
    type: "server_error",
    message: "The server failed to answer.",
    code: "internal_error",
    param: null,
  };

  for (const pieces of [[], ["a", "b"]]) {
    it(`ends with error and response.failed when the turn fails after ${pieces.length} texts`, async () => {
      const { post } = harness({ script: { pieces, streamError: new Error("secret") } });
      const chunks = await chunksOf(await post(PATH, responseBody({ stream: true })));
      const events = chunks.slice(-3, -1).map((chunk) =>
        JSON.parse(chunk.split("data: ")[1] ?? "")
      );
      // Texts that become durable together come as one event.
      const deltas = chunks.slice(0, -1)
        .map((chunk) => JSON.parse(chunk.split("data: ")[1] ?? ""))
        .flatMap(({ type, delta }) => type === "response.output_text.delta" ? [delta] : []);
      assert.equal(deltas.join(""), pieces.join(""));
      const number = pieces.length === 0 ? 2 : 4 + deltas.length;
      assert.equal(chunks.length, number + 3);
      assert.match(chunks.at(-3) ?? "", /^id: \d+\nevent: error\n/);
      assert.match(chunks.at(-2) ?? "", /^id: \d+\nevent: response.failed\n/);
      assert.deepEqual(events, [
        { ...ERROR, type: "error", sequence_number: number, error: ERROR },
        {
          type: "response.failed",
          sequence_number: number + 1,
          response: {
            ...EMPTY,
            status: "failed",
            output: pieces.length === 0 ? [] : [message("incomplete", "ab")],
            error: { code: "server_error", message: ERROR.message },
          },
        },
      ]);
      assert.equal(chunks.at(-1), "data: [DONE]\n\n");
    });
  }

  it("is an ordinary error reply when the turn cannot begin", async () => {
    const { post } = harness({ script: { beginError: new Error("busy") } });
    await errorOf(await post(PATH, responseBody({ stream: true })), 500);
  });
});
