import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { LengthFinishReasonError } from "openai/error";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const messages = [{ role: "user" as const, content: "Hello! How are you?" }];
const request = { model: MODEL, messages, temperature: 0, max_tokens: 24 };
const Person = z.object({ name: z.string(), age: z.int().min(0).max(120) });

describe("openai, against the running server", () => {
  let server: ServerProcess;
  let client: OpenAI;

  beforeAll(async () => {
    server = await startServer();
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
  });

  afterAll(() => server.kill());

  it("lists and retrieves models", async () => {
    const listed = await Array.fromAsync(client.models.list());
    assert.deepEqual(listed.map(({ id }) => id), [MODEL]);
    assert.equal((await client.models.retrieve(MODEL)).id, MODEL);
    await assert.rejects(client.models.retrieve("gpt-5"), OpenAI.NotFoundError);
  });

  it("streams what it gets whole, event by event and by its own helper", async () => {
    const whole = await client.chat.completions.create(request);
    const { content } = whole.choices[0]!.message;
    assert(content);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    assert.equal(text, content);
    assert.deepEqual(chunks.at(-1)?.usage?.total_tokens, whole.usage?.total_tokens);
    const runner = client.chat.completions.stream({ ...request, logprobs: true, top_logprobs: 2 });
    const deltas: string[] = [];
    runner.on("content", (delta) => deltas.push(delta));
    const final = await runner.finalChatCompletion();
    assert.equal(final.choices[0]?.message.content, content);
    assert.equal(deltas.join(""), content);
    const told = final.choices[0]?.logprobs?.content ?? [];
    assert(told.length > 0 && told.every(({ top_logprobs }) => top_logprobs.length === 2));
  });

  it("runs tools until they are not asked for any more", async () => {
    const ran: unknown[] = [];
    const runner = client.chat.completions.runTools({
      ...request,
      max_tokens: 200,
      tool_choice: { type: "function", function: { name: "add" } },
      tools: [{
        type: "function",
        function: {
          name: "add",
          description: "Adds two numbers",
          parameters: {
            type: "object",
            properties: { a: { type: "integer" }, b: { type: "integer" } },
            required: ["a", "b"],
            additionalProperties: false,
          },
          parse: (text: string) =>
            z.strictObject({ a: z.int(), b: z.int() }).parse(JSON.parse(text)),
          function: ({ a, b }: { a: number; b: number }) => {
            ran.push([a, b]);
            return `${a + b}`;
          },
        },
      }],
    });
    // A named function is called once.
    await runner.done();
    assert.equal(ran.length, 1);
    assert.deepEqual(runner.messages.map(({ role }) => role), ["user", "assistant", "tool"]);

    // The embedded model calls when it must, and answers when it may.
    const call = runner.messages[1] as OpenAI.ChatCompletionAssistantMessageParam;
    const free = client.chat.completions.runTools({
      ...request,
      // The helper refuses answers that meet the limit, and this model does not know what to say.
      max_tokens: 400,
      stop: [" "],
      messages: [...messages, call, runner.messages[2] as OpenAI.ChatCompletionToolMessageParam],
      stream: true,
      tools: [{
        type: "function",
        function: {
          name: "now",
          description: "The time of day",
          parameters: { type: "object", properties: {}, additionalProperties: false },
          function: () => "noon",
        },
      }],
    });
    const last = await free.finalChatCompletion();
    assert.equal(last.choices[0]?.finish_reason, "stop");
  });

  it("parses what zod describes, whole and streamed", async () => {
    const format = { response_format: zodResponseFormat(Person, "person") };
    const asked = { ...request, max_tokens: 64, ...format };
    const parsed = await client.chat.completions.parse(asked).catch(lengthened);
    if (parsed) Person.parse(parsed.choices[0]?.message.parsed);
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion()
      .catch(lengthened);
    if (streamed) Person.parse(streamed.choices[0]?.message.parsed);
    // It says so if the limit ended the answer, but what came is whole all the same.
    const { choices: [choice] } = await client.chat.completions.create(asked);
    Person.parse(JSON.parse(choice?.message.content ?? ""));
  });

  it("parses the arguments of calls", async () => {
    const completion = await client.chat.completions.parse({
      ...request,
      max_tokens: 200,
      tool_choice: "required",
      parallel_tool_calls: false,
      tools: [{
        type: "function",
        function: {
          name: "save",
          strict: true,
          parameters: {
            type: "object",
            properties: { kind: { enum: ["note", "task"] }, done: { type: "boolean" } },
            required: ["kind", "done"],
            additionalProperties: false,
          },
        },
      }],
    });
    const [call] = completion.choices[0]!.message.tool_calls ?? [];
    assert(call?.type === "function");
    z.strictObject({ kind: z.enum(["note", "task"]), done: z.boolean() })
      .parse(call.function.parsed_arguments);
    assert.equal(completion.choices[0]?.finish_reason, "tool_calls");
  });

  it("finds, changes and deletes what it had stored", async () => {
    const { completions } = client.chat;
    const metadata = { topic: "greeting" };
    const made = await completions.create({ ...request, store: true, metadata });
    assert.deepEqual((await completions.retrieve(made.id)).choices, made.choices);
    const listed = await Array.fromAsync(completions.list({ metadata, limit: 1 }));
    assert.deepEqual(listed.map(({ id }) => id), [made.id]);
    const asked = await Array.fromAsync(completions.messages.list(made.id));
    assert.deepEqual(asked.map(({ content }) => content), [messages[0]!.content]);
    assert.deepEqual((await completions.update(made.id, { metadata: { a: "b" } })).metadata, {
      a: "b",
    });
    assert.deepEqual(await Array.fromAsync(completions.list({ metadata })), []);
    assert.equal((await completions.delete(made.id)).deleted, true);
    await assert.rejects(completions.retrieve(made.id), OpenAI.NotFoundError);
  });

  it("leaves in the middle", async () => {
    const stream = client.chat.completions.stream({ ...request, max_tokens: 2_000 });
    for await (const _ of stream) {
      stream.abort();
      break;
    }
    await assert.rejects(stream.done(), OpenAI.APIUserAbortError);
    const left = new AbortController();
    const whole = client.chat.completions.create(
      { ...request, max_tokens: 4_000, response_format: { type: "json_object" } },
      { signal: left.signal },
    );
    setTimeout(() => left.abort(), 5);
    await assert.rejects(whole, OpenAI.APIUserAbortError);
    assert((await client.chat.completions.create(request)).choices[0]?.message.content);
  });

  it("sees refusals as the errors they are", async () => {
    const refused = client.chat.completions.create({ ...request, modalities: ["audio"] });
    await assert.rejects(refused, { status: 400, param: "modalities" });
    const other = client.withOptions({ apiKey: "sk-other" });
    await assert.rejects(other.models.list(), OpenAI.AuthenticationError);
  });
});

/** The answer met its limit: what the helpers of this client refuse to parse then. */
function lengthened(error: unknown): undefined {
  if (!(error instanceof LengthFinishReasonError)) throw error;
}
