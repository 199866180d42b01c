import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ToolCallParser } from "../../src/prompt/answer_parser.ts";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import { Fuzz } from "../fuzz.ts";
import { chatBody, chunksOf, harness } from "./harness.ts";

const PATH = "/v1/chat/completions";
const CALLS = [
  { name: "add", arguments: '{"a": [1, {"b": "}]\\"\\\\"}]}' },
  { name: "now", arguments: "{}" },
];
/** Whose argument holds what begins and ends calls. */
const MARKED = {
  name: "add",
  arguments: JSON.stringify({ a: '</tool_call>\n<tool_call>{"name": "now", "arguments": {}}' }),
};
const tools = ["add", "now"].map((name) => ({
  type: "function",
  function: { name, description: `What ${name} does`, parameters: { type: "object" } },
}));

/** What a parser makes of texts, put together. */
function parsed(texts: readonly string[]) {
  const parser = new ToolCallParser();
  const parts = [...texts.flatMap((text) => parser.push(text)), ...parser.end()];
  const calls: { name: string; arguments: string }[] = [];
  let content = "";
  for (const part of parts) {
    if (part.type === "content") content += part.text;
    else if (part.type === "call") calls.push({ name: part.name, arguments: "" });
    else if (part.type === "arguments") calls[part.call]!.arguments += part.text;
  }
  return { content, calls };
}

describe("ToolCallParser", () => {
  it("reads what was written, wherever the pieces break", () => {
    const fuzz = new Fuzz("tool calls");
    const answers = [
      ["", CALLS],
      ["", CALLS.slice(1)],
      ["", [MARKED, ...CALLS]],
      ["Hello <tool_call>", []],
      ["<tool_cal", []],
      ["", []],
      ["<", []],
    ] as const;
    for (let round = 0; round < 500; round++) {
      const [content, calls] = fuzz.pick(answers);
      let text = content + writeCalls(calls);
      const pieces: string[] = [];
      while (text !== "") {
        const length = 1 + fuzz.below(12);
        pieces.push(text.slice(0, length));
        text = text.slice(length);
      }
      assert.deepEqual(parsed(pieces), { content, calls }, JSON.stringify(pieces));
    }
  });

  it("gives the arguments as far as they came", () => {
    const text = writeCalls(CALLS).slice(0, 60);
    const { calls: [call] } = parsed([text]);
    assert(CALLS[0]!.arguments.startsWith(call!.arguments) && call!.arguments !== "");
  });

  it("says that a call is whole with its last character, not with what comes after", () => {
    const parser = new ToolCallParser();
    const text = writeCalls(CALLS);
    const called = [...text].flatMap((char, at) =>
      parser.push(char).flatMap(({ type }) => type === "called" ? [text.slice(0, at + 1)] : [])
    );
    assert.deepEqual(called, [
      text.slice(0, text.indexOf(CALLS[0]!.arguments) + CALLS[0]!.arguments.length),
      text.slice(0, -"}</tool_call>".length),
    ]);
    assert.deepEqual(parser.end(), []);
  });

  it("gives a name as far as it came", () => {
    for (const [length, name] of [[21, ""], [22, "a"], [24, "add"]] as const) {
      assert.deepEqual(parsed([writeCalls(CALLS).slice(0, length)]), {
        content: "",
        calls: [{ name, arguments: "" }],
      });
    }
  });
});

describe("a chat completion with tools", () => {
  it("has calls instead of content, each with an id", async () => {
    const { post, chat } = harness({ script: { pieces: [writeCalls(CALLS)] } });
    const { choices: [choice] } = await (await post(PATH, chatBody({ tools }))).json();
    assert.equal(choice.finish_reason, "tool_calls");
    assert.equal(choice.message.content, null);
    const calls = choice.message.tool_calls;
    assert.deepEqual(
      calls.map((call: { function: unknown }) => call.function),
      CALLS,
    );
    assert.notEqual(calls[0].id, calls[1].id);
    const [system, ...rest] = chat.request.messages;
    assert.equal(system?.role, "system");
    assert.match(system!.text, /"name":"add","description":"What add does"/);
    assert.deepEqual(rest, [{ role: "user", text: "Hi" }]);
    assert(chat.request.grammar);
  });

  it("streams them: the name first, then the arguments as they come", async () => {
    const text = writeCalls(CALLS);
    const { post } = harness({ script: { pieces: [text.slice(0, 50), text.slice(50)] } });
    const chunks = (await chunksOf(await post(PATH, chatBody({ tools, stream: true }))))
      .slice(0, -1).map((chunk) => JSON.parse(chunk.slice("data: ".length)).choices[0]);
    const deltas = chunks.flatMap(({ delta }) => delta.tool_calls ?? []);
    const first = deltas.filter(({ id }) => id);
    assert.deepEqual(first.map((delta) => [delta.index, delta.function.name]), [[0, "add"], [
      1,
      "now",
    ]]);
    const json = (index: number) =>
      deltas.filter((delta) => delta.index === index)
        .map((delta) => delta.function.arguments).join("");
    assert.deepEqual([json(0), json(1)], CALLS.map((call) => call.arguments));
    assert.equal(chunks.at(-1).finish_reason, "tool_calls");
  });

  it("carries an argument that looks like the end of a call, and another call", async () => {
    const { post } = harness({ script: { pieces: [...writeCalls([MARKED])] } });
    const { choices: [choice] } = await (await post(PATH, chatBody({ tools }))).json();
    const calls = choice.message.tool_calls;
    assert.deepEqual(calls.map((call: { function: unknown }) => call.function), [MARKED]);
  });

  it("may be text, and is cut off like any other", async () => {
    const plain = harness({ script: { pieces: ["<tool", " box>"] } });
    const { choices: [text] } = await (await plain.post(PATH, chatBody({ tools }))).json();
    assert.deepEqual([text.message.content, text.finish_reason], ["<tool box>", "stop"]);
    const pieces = [writeCalls(CALLS).slice(0, 60)];
    const cut = harness({ script: { pieces, reason: "length" } });
    const { choices: [half] } = await (await cut.post(PATH, chatBody({ tools }))).json();
    assert.equal(half.finish_reason, "length");
    assert.equal(half.message.tool_calls.length, 1);
    const named = harness({
      script: { pieces: [writeCalls(CALLS).slice(0, 23)], reason: "length" },
    });
    const { choices: [name] } = await (await named.post(PATH, chatBody({ tools }))).json();
    assert.equal(name.finish_reason, "length");
    assert.deepEqual(name.message.tool_calls[0].function, { name: "ad", arguments: "" });
    const chunks = (await chunksOf(await named.post(PATH, chatBody({ tools, stream: true }))))
      .slice(0, -1).map((chunk) => JSON.parse(chunk.slice("data: ".length)).choices[0]);
    assert.deepEqual(
      chunks.flatMap(({ delta }) => delta.tool_calls ?? []).map((call) => call.function),
      [{ name: "ad", arguments: "" }],
    );
    assert.equal(chunks.at(-1).finish_reason, "length");
  });

  it("tells the model of calls and results as it would have written and read them", async () => {
    const { post, chat } = harness();
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "1 + 1?" },
      {
        role: "assistant",
        content: null,
        tool_calls: CALLS.map((call, i) => ({ id: `call_${i}`, type: "function", function: call })),
      },
      { role: "tool", tool_call_id: "call_0", content: "2" },
    ];
    assert.equal(
      (await post(PATH, chatBody({ messages, tools, tool_choice: "none" }))).status,
      200,
    );
    assert.deepEqual(chat.request.messages, [
      { role: "system", text: "Be brief." },
      { role: "user", text: "1 + 1?" },
      { role: "assistant", text: writeCalls(CALLS) },
      {
        role: "user",
        text: "<tool_response>\n2\n</tool_response>",
        tool: { type: "result", callId: "call_0", output: "2" },
      },
    ]);
    assert(!("grammar" in chat.request));
  });
});
