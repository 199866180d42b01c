import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import type { FakeScript } from "./fake_chat_service.ts";
import { harness } from "./harness.ts";

/** Runs OpenAI's own client against a served harness. */
async function withClient(
  script: FakeScript | undefined,
  use: (client: OpenAI, chat: ReturnType<typeof harness>["chat"]) => Promise<void>,
): Promise<void> {
  const { app, chat } = harness({ keys: ["sk-right"], ...(script ? { script } : {}) });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  const baseURL = `http://127.0.0.1:${server.addr.port}/v1`;
  try {
    await use(new OpenAI({ baseURL, apiKey: "sk-right", maxRetries: 0 }), chat);
  } finally {
    await server.shutdown();
  }
}

const model = "tern-test";
const messages = [{ role: "user", content: "Hi" }] as const;

describe("the official client", () => {
  it("lists and retrieves models", () =>
    withClient(undefined, async (client) => {
      const listed = await Array.fromAsync(client.models.list());
      assert.deepEqual(listed.map(({ id }) => id), [model]);
      assert.equal((await client.models.retrieve(model)).owned_by, "tern");
      await assert.rejects(client.models.retrieve("a/b"), OpenAI.NotFoundError);
    }));

  it("gets a chat completion", () =>
    withClient(undefined, async (client) => {
      const completion = await client.chat.completions.create({ model, messages: [...messages] });
      assert.equal(completion.choices[0]?.message.content, "Hello, world");
      assert.equal(completion.usage?.prompt_tokens_details?.cached_tokens, 4);
      assert.match(completion._request_id ?? "", /^req_/);
    }));

  it("streams a chat completion", () =>
    withClient(undefined, async (client) => {
      const stream = await client.chat.completions.create({
        model,
        messages: [...messages],
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await Array.fromAsync(stream);
      const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
      assert.equal(text, "Hello, world");
      assert.equal(chunks.at(-1)?.usage?.total_tokens, 10);
    }));

  it("puts a streamed chat completion together with its own helper", () =>
    withClient(undefined, async (client) => {
      const runner = client.chat.completions.stream({ model, messages: [...messages] });
      const completion = await runner.finalChatCompletion();
      assert.equal(completion.choices[0]?.message.content, "Hello, world");
      assert.equal(completion.choices[0]?.finish_reason, "stop");
    }));

  it("gets a response", () =>
    withClient(undefined, async (client, chat) => {
      const first = await client.responses.create({ model, input: "Hi", instructions: "Brief." });
      assert.equal(first.output_text, "Hello, world");
      assert.equal(first.status, "completed");
      assert.equal(first.usage?.input_tokens_details.cached_tokens, 4);
      await client.responses.create({ model, input: "And?", previous_response_id: first.id });
      assert.equal(chat.request.previous, first.id);
      assert.equal(chat.request.instructions, undefined);
    }));

  it("streams a response, and follows its events", () =>
    withClient(undefined, async (client) => {
      const stream = client.responses.stream({ model, input: "Hi" });
      const events = await Array.fromAsync(stream);
      assert.deepEqual(events.map(({ sequence_number }) => sequence_number), [...events.keys()]);
      assert.equal(events.at(-1)?.type, "response.completed");
      const response = await stream.finalResponse();
      assert.equal(response.output_text, "Hello, world");
    }));

  it("sends back what its helpers parsed, whole and streamed", () =>
    withClient(
      { pieces: [writeCalls([{ name: "add", arguments: '{"a":1}' }])] },
      async (client) => {
        const f = { name: "add", strict: true, parameters: { type: "object", properties: {} } };
        const asked = {
          model,
          messages: [...messages],
          tools: [{ type: "function" as const, function: f }],
        };
        const made = [
          await client.chat.completions.parse(asked),
          await client.chat.completions.stream(asked).finalChatCompletion(),
        ];
        for (const { choices: [choice] } of made) {
          const { message } = choice!;
          const [call] = message.tool_calls ?? [];
          assert(call?.type === "function" && "parsed_arguments" in call.function);
          assert("parsed" in message);
          const result = { role: "tool" as const, tool_call_id: call.id, content: "2" };
          await client.chat.completions.create({
            ...asked,
            messages: [...messages, message, result],
          });
        }

        const asking = { model, input: "Hi", tools: [{ type: "function" as const, ...f }] };
        const responses = [
          await client.responses.parse(asking),
          await client.responses.stream(asking).finalResponse(),
        ];
        for (const { output } of responses) {
          const [call] = output;
          assert(call?.type === "function_call" && "parsed_arguments" in call);
          const result = {
            type: "function_call_output" as const,
            call_id: call.call_id,
            output: "2",
          };
          await client.responses.create({
            ...asking,
            input: [{ role: "user", content: "Hi" }, call, result],
          });
        }
      },
    ));

  it("sends back texts that its helpers parsed", () =>
    withClient({ pieces: ['{"a":1}'] }, async (client) => {
      const format = {
        type: "json_schema" as const,
        name: "n",
        strict: true,
        schema: { type: "object" },
      };
      const asking = { model, input: "Hi", text: { format } };
      const made = [
        await client.responses.parse(asking),
        await client.responses.stream(asking).finalResponse(),
      ];
      for (const { output } of made) {
        const [item] = output;
        assert(item?.type === "message" && "parsed" in item.content[0]!);
        const input = [item, { role: "user" as const, content: "And?" }];
        await client.responses.create({ ...asking, input });
      }
    }));

  it("sees refusals as the errors they are", () =>
    withClient(undefined, async (client) => {
      await assert.rejects(
        client.chat.completions.create({ model, messages: [...messages], modalities: ["audio"] }),
        (error: unknown) => {
          assert(error instanceof OpenAI.BadRequestError);
          assert.equal(error.param, "modalities");
          assert.equal(error.code, "unsupported_parameter");
          return true;
        },
      );
      await assert.rejects(
        client.responses.create({ model: "gpt-5", input: "Hi" }),
        OpenAI.NotFoundError,
      );
      await assert.rejects(
        client.withOptions({ apiKey: "sk-wrong" }).models.list(),
        OpenAI.AuthenticationError,
      );
    }));

  it("sees a stream fail", () =>
    withClient({ pieces: ["a"], streamError: new Error("secret") }, async (client) => {
      const chat = await client.chat.completions.create({
        model,
        messages: [...messages],
        stream: true,
      });
      await assert.rejects(Array.fromAsync(chat), { code: "internal_error", type: "server_error" });
      const response = await client.responses.create({ model, input: "Hi", stream: true });
      await assert.rejects(Array.fromAsync(response), { code: "internal_error" });
    }));

  it("stops the turn when it breaks out of a stream", () => {
    const never = Promise.withResolvers<string>();
    return withClient({ pieces: ["a", never.promise] }, async (client, chat) => {
      const stream = await client.responses.create({ model, input: "Hi", stream: true });
      const { signal } = chat.request;
      const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
      for await (const event of stream) {
        if (event.type === "response.output_text.delta") break;
      }
      await aborted;
    });
  });
});
