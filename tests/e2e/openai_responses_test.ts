import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { keyDigests } from "../key_digests.ts";
import { ServerProcess } from "./server_process.ts";

const model = "tern-7m";
/** The same answer each time. */
const greedy = { model, temperature: 0 };

const Person = z.object({ name: z.string().max(20), age: z.int().min(0).max(99) });

describe("OpenAI's client, with the responses of a server", () => {
  let server: ServerProcess;
  let client: OpenAI;

  beforeAll(async () => {
    server = await ServerProcess.start({
      TERN_STORE: "memory",
      TERN_API_KEYS: keyDigests("sk-right").join(),
    });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "sk-right", maxRetries: 0 });
  });

  afterAll(() => server.kill());

  it("follows a stream, and follows it again from where it was", async () => {
    const stream = client.responses.stream({ ...greedy, input: "Hi! My name is Sarah." });
    const events = await Array.fromAsync(stream);
    const response = await stream.finalResponse();
    assert.equal(response.status, "completed");
    const deltas = events.flatMap((event) =>
      event.type === "response.output_text.delta" ? [event.delta] : []
    );
    assert.equal(deltas.join(""), response.output_text);
    const again = client.responses.stream({ response_id: response.id, starting_after: 3 });
    const rest = await Array.fromAsync(again);
    assert.equal(rest[0]?.sequence_number, 4);
    assert.equal((await again.finalResponse()).output_text, response.output_text);
    const cursor = await client.responses.retrieve(response.id, {
      stream: true,
      starting_after: 3,
    });
    assert.deepEqual(
      (await Array.fromAsync(cursor)).map(({ sequence_number }) => sequence_number),
      rest.map(({ sequence_number }) => sequence_number),
    );
  });

  it("parses what a zod schema asks for", async () => {
    const text = { format: zodTextFormat(Person, "person") };
    const response = await client.responses.parse({ ...greedy, input: "Sarah is 9.", text });
    assert(response.output_parsed);
    Person.parse(response.output_parsed);
    const stream = client.responses.stream({ ...greedy, input: "Sarah is 9.", text });
    const streamed = await stream.finalResponse();
    assert.deepEqual(streamed.output_parsed, response.output_parsed);
  });

  it("calls a function, and tells the result, in a loop", async () => {
    const tools = [zodResponsesFunction({ name: "greet", parameters: Person })];
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Greet Sarah, 9." }];
    const first = await client.responses.parse({
      ...greedy,
      input,
      tools,
      tool_choice: "required",
      parallel_tool_calls: false,
    });
    const [call] = first.output;
    assert(call?.type === "function_call");
    Person.parse(call.parsed_arguments);
    const output: OpenAI.Responses.ResponseInputItem.FunctionCallOutput = {
      type: "function_call_output",
      call_id: call.call_id,
      output: "Hello!",
    };
    const next = { ...greedy, tools, tool_choice: "none", max_output_tokens: 16 } as const;
    const stateful = await client.responses.create({
      ...next,
      previous_response_id: first.id,
      input: [output],
    });
    assert.equal(stateful.output[0]?.type, "message");
    assert.equal(
      stateful.usage?.input_tokens_details.cached_tokens,
      first.usage?.total_tokens,
      "only the result was read",
    );
    const stateless = await client.responses.create({
      ...next,
      store: false,
      input: [...input, call, output],
    });
    assert.equal(stateless.output_text, stateful.output_text);
    assert.equal(
      stateless.usage?.input_tokens_details.cached_tokens,
      first.usage?.total_tokens,
      "the state of the stored response was found by what was said",
    );
  });

  it("sees a function called in a stream", async () => {
    const tools = [zodResponsesFunction({ name: "greet", parameters: Person })];
    const stream = client.responses.stream({
      ...greedy,
      input: "Greet Sarah, 9.",
      tools,
      tool_choice: { type: "function", name: "greet" },
    });
    let json = "";
    stream.on("response.function_call_arguments.delta", ({ delta }) => json += delta);
    const { output: [call] } = await stream.finalResponse();
    assert(call?.type === "function_call");
    assert.equal(call.arguments, json);
    Person.parse(call.parsed_arguments);
  });

  it("gets the probabilities of tokens", async () => {
    const response = await client.responses.create({
      ...greedy,
      input: "Hi!",
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
    });
    const [item] = response.output;
    assert(item?.type === "message" && item.content[0]?.type === "output_text");
    const { logprobs = [] } = item.content[0];
    assert.equal(logprobs.map(({ token }) => token).join("").trim(), response.output_text);
    for (const { token, top_logprobs } of logprobs) {
      assert.equal(top_logprobs.length, 2);
      assert.equal(top_logprobs[0]?.token, token, "the likeliest was taken");
    }
  });

  it("keeps a conversation, with all kinds of items", async () => {
    const { id } = await client.conversations.create({
      metadata: { topic: "names" },
      items: [{ type: "message", role: "user", content: "Hi! My name is Sarah." }],
    });
    await client.conversations.items.create(id, {
      items: [
        { type: "function_call", call_id: "call_1", name: "greet", arguments: "{}" },
        { type: "function_call_output", call_id: "call_1", output: "Hello!" },
      ],
    });
    const response = await client.responses.create({
      ...greedy,
      conversation: id,
      input: "What is my name?",
    });
    assert.equal(response.conversation?.id, id);
    const items = await Array.fromAsync(client.conversations.items.list(id, { order: "asc" }));
    assert.deepEqual(items.map(({ type }) => type), [
      "message",
      "function_call",
      "function_call_output",
      "message",
      "message",
    ]);
    const [, call] = items;
    assert(call && "id" in call && call.id);
    const params = { conversation_id: id };
    assert.deepEqual(await client.conversations.items.retrieve(call.id, params), call);
    await client.conversations.items.delete(call.id, params);
    await assert.rejects(
      client.conversations.items.retrieve(call.id, params).asResponse(),
      OpenAI.NotFoundError,
    );
    const updated = await client.conversations.update(id, { metadata: { topic: "none" } });
    assert.deepEqual(updated.metadata, { topic: "none" });
    assert.equal((await client.conversations.delete(id)).deleted, true);
    await assert.rejects(client.conversations.retrieve(id).asResponse(), OpenAI.NotFoundError);
  });

  it("counts, compacts, cancels and deletes", async () => {
    const input = "Hi! My name is Sarah.";
    const { input_tokens } = await client.responses.inputTokens.count({ model, input });
    const response = await client.responses.create({ ...greedy, input });
    assert.equal(response.usage?.input_tokens, input_tokens);
    const compacted = await client.responses.compact({ model, previous_response_id: response.id });
    assert.equal(compacted.usage.input_tokens_details.cached_tokens, response.usage?.total_tokens);
    const [item] = compacted.output;
    assert(item?.type === "compaction");
    const question = { role: "user", content: "What is my name?" } as const;
    const next = await client.responses.create({ ...greedy, input: [item, question] });
    assert.equal(next.usage?.input_tokens_details.cached_tokens, response.usage?.total_tokens);
    assert.match(next.output_text, /Sarah/);
    const background = await client.responses.create({ ...greedy, input, background: true });
    const cancelled = await client.responses.cancel(background.id);
    assert.match(cancelled.status ?? "", /^(cancelled|completed)$/);
    await client.responses.delete(response.id);
    await assert.rejects(
      client.responses.retrieve(response.id).asResponse(),
      OpenAI.NotFoundError,
    );
  });

  it("stops a stream that is aborted", async () => {
    const stream = client.responses.stream({ model, input: "Tell me a long story." });
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") break;
    }
    assert.equal((await client.responses.create({ ...greedy, input: "Hi!" })).status, "completed");
  });
});
