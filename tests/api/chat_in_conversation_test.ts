import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { unsaid } from "../../src/conversation/unsaid.ts";
import type { Message } from "../../src/prompt/message.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { errorOf } from "../error_of.ts";
import { server, StandingClock } from "../faults/world.ts";

const user = (content: string) => ({ role: "user", content });
const system = (content: string) => ({ role: "system", content });
const assistant = (content: string) => ({ role: "assistant", content });

function world(env: Record<string, string> = {}) {
  const store = new MemoryStore();
  const parts = server(store, new StandingClock(), env);
  const { ask } = parts;
  const json = async (method: string, path: string, body?: unknown) => {
    const reply = await ask(method, path, body);
    const text = await reply.text();
    assert.equal(reply.status, 200, text);
    return JSON.parse(text);
  };
  const begin = async (body: object = {}): Promise<string> =>
    (await json("POST", "/v1/conversations", body)).id;
  const request = (conversation: unknown, messages: object[], more: object = {}) => ({
    ...{ model: "hash", conversation, messages, max_tokens: 8, seed: 1 },
    ...more,
  });
  const chat = (conversation: unknown, messages: object[], more: object = {}) =>
    json("POST", "/v1/chat/completions", request(conversation, messages, more));
  const said = async (conversation: string): Promise<string[]> => {
    const { data } = await json(
      "GET",
      `/v1/conversations/${conversation}/items?order=asc&limit=100`,
    );
    return data.map(({ role, content }: { role: string; content?: { text: string }[] }) =>
      `${role}: ${content?.[0]?.text ?? ""}`
    );
  };
  return { ...parts, store, json, begin, request, chat, said };
}

const textOf = ({ choices: [{ message }] }: {
  choices: [{ message: { content: string } }];
}): string => message.content;

describe("a chat completion in a conversation", () => {
  it("goes on from it, and becomes part of it", async () => {
    const { begin, chat, said, json } = world();
    const conversation = await begin();
    const first = await chat(conversation, [user("I am Sarah.")]);
    const second = await chat({ id: conversation }, [user("Who am I?")]);
    assert.deepEqual(await said(conversation), [
      "user: I am Sarah.",
      `assistant: ${textOf(first)}`,
      "user: Who am I?",
      `assistant: ${textOf(second)}`,
    ]);
    const cached = second.usage.prompt_tokens_details.cached_tokens;
    assert.equal(cached, first.usage.total_tokens);
    // The same as by the other way, and shown as a response.
    const other = await begin();
    const same = { model: "hash", max_output_tokens: 8, seed: 1 };
    await json("POST", "/v1/responses", { ...same, conversation: other, input: "I am Sarah." });
    const response = await json("POST", "/v1/responses", {
      ...same,
      conversation: other,
      input: "Who am I?",
    });
    assert.equal(response.output[0].content[0].text, textOf(second));
    const shown = await json("GET", `/v1/responses/resp_${second.id.slice("chatcmpl-".length)}`);
    assert.deepEqual(shown.output[0].content, response.output[0].content);
    assert.deepEqual(shown.conversation, { id: conversation });
  });

  it("goes on from a text that was read, with instructions", async () => {
    const { ask, begin, chat, said } = world();
    const conversation = await begin();
    await ask("POST", `/v1/conversations/${conversation}/ingest`, undefined, {
      body: "The kestrel hovers.",
      headers: { "content-type": "text/plain" },
    });
    const { usage } = await chat(conversation, [system("Be brief."), user("What hovers?")]);
    assert(usage.prompt_tokens_details.cached_tokens > 0);
    const again = await chat(conversation, [system("Be brief."), user("And?")]);
    assert.equal(again.usage.prompt_tokens_details.cached_tokens, usage.total_tokens);
    assert.equal((await said(conversation)).length, 5);
  });

  it("takes what a client says again for what it is", async () => {
    const { begin, chat, said } = world();
    const conversation = await begin();
    const history: object[] = [system("Be brief.")];
    for (const text of ["One", "Two", "Three"]) {
      history.push(user(text));
      history.push(assistant(textOf(await chat(conversation, history))));
    }
    assert.equal((await said(conversation)).length, 6);
    // Clients that keep the last messages only.
    const window = [...history.slice(-2), user("Four")];
    await chat(conversation, window);
    assert.equal((await said(conversation)).length, 8);
    // What was never said here is new.
    await chat(conversation, [user("Example"), assistant("Answer"), user("Five")]);
    assert.deepEqual((await said(conversation)).slice(8, 11), [
      "user: Example",
      "assistant: Answer",
      "user: Five",
    ]);
  });

  it("streams, and is there when the stream has ended", async () => {
    const { ask, begin, request, said, chat } = world();
    const conversation = await begin();
    const other = await begin();
    const reply = await ask(
      "POST",
      "/v1/chat/completions",
      request(conversation, [user("Hi")], {
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const chunks = (await reply.text()).split("\n")
      .flatMap((line) => line.startsWith("data: {") ? [JSON.parse(line.slice(6))] : []);
    const text = chunks.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("");
    const whole = await chat(other, [user("Hi")]);
    assert.equal(text, textOf(whole));
    assert.equal(chunks.at(-1).usage.total_tokens, whole.usage.total_tokens);
    assert.deepEqual(await said(conversation), ["user: Hi", `assistant: ${text}`]);
  });

  it("goes on with tools, without reading them again", async () => {
    const { begin, chat, said, json } = world();
    const conversation = await begin();
    const tools = [{
      type: "function",
      function: { name: "a", parameters: { type: "object", additionalProperties: false } },
    }];
    const messages = [user("Call it.")];
    const first = await chat(conversation, messages, { tools, tool_choice: "auto" });
    const { message } = first.choices[0];
    const { data } = await json("GET", `/v1/conversations/${conversation}/items`);
    assert.equal(data.length, 2);
    const second = await chat(conversation, [...messages, message, user("Again.")], {
      tools,
      tool_choice: "auto",
    });
    assert.equal(
      second.usage.prompt_tokens_details.cached_tokens,
      first.usage.total_tokens,
    );
    assert.equal((await said(conversation)).length, 4);
  });

  it("continues an answer, as it was sent or as the conversation has it", async () => {
    const { begin, chat, said } = world();
    const conversation = await begin();
    const first = await chat(conversation, [user("Hi"), assistant("My name is")]);
    assert.deepEqual(await said(conversation), [
      "user: Hi",
      "assistant: My name is",
      `assistant: ${textOf(first)}`,
    ]);
    // The client has both as one message.
    const history = [user("Hi"), assistant(`My name is${textOf(first)}`)];
    await chat(conversation, [...history, user("And?")]);
    assert.equal((await said(conversation)).length, 5);
    // Sent alone, what the conversation ends with is continued there, and not said again.
    const ending = (await said(conversation)).at(-1)!.slice("assistant: ".length);
    const more = await chat(conversation, [user("And?"), assistant(ending)]);
    assert.deepEqual((await said(conversation)).slice(4), [
      `assistant: ${ending}`,
      `assistant: ${textOf(more)}`,
    ]);
    assert(more.usage.prompt_tokens_details.cached_tokens > 0);
    const all = [...history, user("And?"), assistant(ending + textOf(more))];
    await chat(conversation, all, { continue_final_message: false });
    assert.equal((await said(conversation)).length, 7);
  });

  it("takes the results of calls that the conversation has", async () => {
    const tools = [{
      type: "function",
      function: { name: "a", parameters: { type: "object", additionalProperties: false } },
    }];
    const result = (id: string) => ({ role: "tool", tool_call_id: id, content: "42" });
    for (const strict of [false, true]) {
      const { ask, begin, chat, request, json } = world({ TERN_STRICT: `${strict}` });
      const call = { type: "function_call", call_id: "call_1", name: "a", arguments: "{}" };
      const conversation = await begin({
        items: [{ type: "message", role: "user", content: "Call it." }, call],
      });
      await chat(conversation, [result("call_1")], { tools });
      const items = await json("GET", `/v1/conversations/${conversation}/items?order=asc`);
      assert.deepEqual(
        items.data.slice(1, 3).map((
          { type, call_id }: { type: string; call_id: string },
        ) => [type, call_id]),
        [["function_call", "call_1"], ["function_call_output", "call_1"]],
      );
      // What nobody called is only said.
      const stray = request(conversation, [result("call_0")], { tools });
      const reply = await ask("POST", "/v1/chat/completions", stray);
      if (strict) {
        assert.equal((await errorOf(reply, 400)).param, "messages[0].tool_call_id");
        continue;
      }
      assert.equal(reply.status, 200, await reply.text());
      const later = await json("GET", `/v1/conversations/${conversation}/items?order=asc`);
      assert.deepEqual(later.data.slice(-2).map(({ type }: { type: string }) => type), [
        "message",
        "message",
      ]);
    }
  });

  it("may change what is called, without reading the instructions again", async () => {
    const { begin, chat } = world();
    const conversation = await begin();
    const tools = [{ type: "function", function: { name: "a" } }];
    const first = await chat(conversation, [user("One")], { tools });
    const second = await chat(conversation, [user("Two")], { tools, tool_choice: "none" });
    assert.equal(second.usage.prompt_tokens_details.cached_tokens, first.usage.total_tokens);
  });

  it("waits its turn, or is refused as busy", async () => {
    const { ask, begin, request, said } = world();
    const conversation = await begin();
    const send = (headers: Record<string, string> = {}) =>
      ask("POST", "/v1/chat/completions", request(conversation, [user("Hi")]), { headers });
    const patient = { prefer: "wait=30" };
    const statuses = (await Promise.all([send(patient), send(patient), send(patient)]))
      .map(({ status }) => status);
    assert.deepEqual(statuses, [200, 200, 200]);
    const replies = await Promise.all([send(), send(), send()]);
    const refused = replies.filter(({ status }) => status !== 200);
    for (const reply of refused) {
      assert.equal(reply.headers.get("retry-after"), "1");
      assert.equal((await errorOf(reply, 409)).code, "conversation_busy");
    }
    assert.equal((await said(conversation)).length, 2 * (6 - refused.length));
  });

  it("is stored as a chat completion as well, if that is asked for", async () => {
    const { begin, chat, json } = world();
    const conversation = await begin();
    const made = await chat(conversation, [user("Hi")], { store: true, metadata: { a: "b" } });
    const kept = await json("GET", `/v1/chat/completions/${made.id}`);
    assert.deepEqual(kept.choices, made.choices);
  });

  it("refuses what it does not take, by name", async () => {
    const { ask, begin, request, chat } = world();
    const conversation = await begin();
    const answer = textOf(await chat(conversation, [user("Hi")]));
    for (
      const [body, status, param] of [
        [request(conversation, [user("Hi")], { n: 2 }), 400, "n"],
        [request("conv/1", [user("Hi")]), 400, "conversation"],
        [request(`conv_${"0".repeat(48)}`, [user("Hi")]), 404, "conversation"],
        [request(conversation, [system("Be brief.")]), 400, "messages"],
        [request(await begin(), [system("Be brief.")]), 400, "messages"],
      ] as const
    ) {
      const reply = await ask("POST", "/v1/chat/completions", body);
      assert.equal((await errorOf(reply, status)).param, param);
    }
    assert.notEqual(answer, "");
  });
});

describe("unsaid", () => {
  const list = (...texts: string[]): Message[] =>
    texts.map((text) => ({ role: text.startsWith("a") ? "assistant" : "user", text }));
  const since = async (said: readonly Message[], sent: readonly Message[]): Promise<string[]> => {
    const backwards = async function* () {
      yield* said.toReversed();
    };
    return (await unsaid(sent, backwards())).map(({ text }) => text);
  };

  it("leaves out the longest beginning that the conversation ends with", async () => {
    const said = list("u1", "a1", "u2", "a2");
    assert.deepEqual(await since(said, list("u1", "a1", "u2", "a2", "u3")), ["u3"]);
    assert.deepEqual(await since(said, list("u2", "a2", "u3")), ["u3"]);
    assert.deepEqual(await since(said, list("a2", "u3", "u4")), ["u3", "u4"]);
    assert.deepEqual(await since(said, list("u3")), ["u3"]);
    assert.deepEqual(await since(said, list("u2", "a2 ", "u3")), ["u3"]);
  });

  it("leaves nothing out that was not said, or was said before something else", async () => {
    const said = list("u1", "a1", "u2", "a2");
    assert.deepEqual(await since(said, list("u1", "a1", "u3")), ["u1", "a1", "u3"]);
    assert.deepEqual(await since(said, list("u2", "a3", "u3")), ["u2", "a3", "u3"]);
    assert.deepEqual(await since([], list("u1", "a1", "u3")), ["u1", "a1", "u3"]);
    assert.deepEqual(await since(said, list("u2")), ["u2"]);
  });

  it("takes an answer and what continues it for one message", async () => {
    const said: Message[] = [
      ...list("u1", "a1"),
      { role: "assistant", text: "b", continues: true },
      { role: "assistant", text: "c", continues: true },
    ];
    assert.deepEqual(await since(said, list("u1", "a1bc", "u2")), ["u2"]);
    assert.deepEqual(await since(said, list("a1bc", "u2")), ["u2"]);
    assert.deepEqual(await since(said, list("a1b", "u2")), ["a1b", "u2"]);
  });

  it("takes the calls of one answer for one message, and stops at a text that is not kept", async () => {
    const call = (text: string): Message => ({
      role: "assistant",
      text,
      tool: { type: "call", callId: text, name: "f", arguments: "{}" },
    });
    const ingested = { bytes: 1, tokens: 1, sha256: "" };
    const said: Message[] = [
      { role: "user", text: "", ingested },
      ...list("u1"),
      call("a1"),
      call("a2"),
    ];
    const both: Message = { role: "assistant", text: "a1\na2" };
    assert.deepEqual(await since(said, [...list("u1"), both, ...list("u2")]), ["u2"]);
    assert.deepEqual(await since(said, [...list("", "u1"), both, ...list("u2")]), [
      "",
      "u1",
      "a1\na2",
      "u2",
    ]);
  });
});
