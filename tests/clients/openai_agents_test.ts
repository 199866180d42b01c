import {
  Agent,
  OpenAIProvider,
  Runner,
  startOpenAIConversationsSession,
  tool,
  user,
} from "@openai/agents";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const hello = "Hello! How are you?";
const modelSettings = { temperature: 0, maxTokens: 24 };
/**
 * Forces a call; the client lets the model choose again after it. By responses it does not accept
 * answers that meet the limit, so one that the small model does not end stops at a sentence.
 */
const calling = {
  temperature: 0,
  maxTokens: 200,
  toolChoice: "required",
  providerData: { stop: [".", "!", "?"] },
} as const;

/** How the client may talk with a server. */
const MODES = {
  "chat completions": { useResponses: false },
  responses: { useResponses: true },
  "responses over a WebSocket": { useResponses: true, useResponsesWebSocket: true },
};

describe("@openai/agents, against the running server", () => {
  let server: ServerProcess;
  let client: OpenAI;

  beforeAll(async () => {
    server = await startServer();
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY });
  });

  afterAll(() => server.kill());

  for (const [name, mode] of Object.entries(MODES)) {
    describe(name, () => {
      let provider: OpenAIProvider;
      let runner: Runner;

      beforeAll(() => {
        provider = new OpenAIProvider({
          baseURL: `${server.url}/v1`,
          websocketBaseURL: `${server.url.replace("http", "ws")}/v1`,
          apiKey: KEY,
          ...mode,
        });
        runner = new Runner({ modelProvider: provider, model: MODEL, tracingDisabled: true });
      });

      afterAll(() => provider.close());

      it("answers whole and streamed, and goes on in a second turn", async () => {
        const agent = new Agent({ name: "Host", instructions: "You are kind.", modelSettings });
        const first = await runner.run(agent, hello);
        assert(first.finalOutput);
        assert((first.runContext.usage.inputTokens ?? 0) > 0);

        const stream = await runner.run(agent, hello, { stream: true });
        const deltas = await Array.fromAsync(stream.toTextStream());
        await stream.completed;
        assert(deltas.length > 1);
        assert.equal(deltas.join(""), first.finalOutput);
        assert.equal(stream.finalOutput, first.finalOutput);

        const second = await runner.run(agent, [...first.history, user("And then?")]);
        assert(second.finalOutput);
        const details = second.rawResponses[0]!.usage.inputTokensDetails;
        assert((details?.[0]?.cached_tokens ?? 0) > 0, "the first turn was not read again");
        if (!mode.useResponses) return;

        // The same turn, with the history kept by the server.
        const { lastResponseId: previousResponseId } = first;
        assert(previousResponseId);
        const followed = await runner.run(agent, "And then?", { previousResponseId });
        assert.equal(followed.finalOutput, second.finalOutput);
        const conversationId = await startOpenAIConversationsSession(client);
        await runner.run(agent, hello, { conversationId });
        const kept = await runner.run(agent, "And then?", { conversationId });
        assert.equal(kept.finalOutput, second.finalOutput);
      });

      it("calls tools, takes their results, and goes on in a second turn", async () => {
        const ran: unknown[] = [];
        const add = tool({
          name: "add",
          description: "Adds two numbers",
          parameters: z.object({ a: z.number().int(), b: z.number().int() }),
          execute: ({ a, b }) => {
            ran.push([a, b]);
            return `${a + b}`;
          },
        });
        const agent = new Agent({ name: "Clerk", tools: [add], modelSettings: calling });
        const first = await runner.run(agent, hello, { maxTurns: 4 });
        assert(ran.length > 0);
        assert.equal(typeof first.finalOutput, "string");

        const stream = await runner.run(agent, [...first.history, user("And then?")], {
          stream: true,
          maxTurns: 4,
        });
        const items = (await Array.fromAsync(stream)).flatMap((event) =>
          event.type === "run_item_stream_event" ? [event.name] : []
        );
        assert.deepEqual(items.slice(0, 2), ["tool_called", "tool_output"]);
        assert.equal(items.at(-1), "message_output_created");
        assert.equal(typeof stream.finalOutput, "string");
      });

      it("hands off to another agent, whole and streamed", async () => {
        const poet = new Agent({
          name: "Poet",
          instructions: "You write poems.",
          handoffDescription: "Writes poems",
          modelSettings,
        });
        const triage = new Agent({
          name: "Triage",
          instructions: "You hand off.",
          handoffs: [poet],
          modelSettings: calling,
        });
        const result = await runner.run(triage, hello, { maxTurns: 3 });
        assert.equal(result.lastAgent?.name, "Poet");
        assert(result.finalOutput);
        const stream = await runner.run(triage, hello, { maxTurns: 3, stream: true });
        await stream.completed;
        assert.equal(stream.lastAgent?.name, "Poet");
        assert.equal(stream.finalOutput, result.finalOutput);
      });

      it("makes objects with tools at hand, before and after a call", async () => {
        const Person = z.object({ name: z.string().max(20), age: z.number().int() });
        const now = tool({
          name: "now",
          description: "The time of day",
          parameters: z.object({}),
          execute: () => "noon",
        });
        const agent = (modelSettings: typeof calling | { maxTokens: number; toolChoice: "none" }) =>
          new Agent({ name: "Scribe", tools: [now], outputType: Person, modelSettings });
        const plain = await runner.run(agent({ maxTokens: 200, toolChoice: "none" }), hello);
        Person.parse(plain.finalOutput);
        const called = await runner.run(agent(calling), hello, { maxTurns: 6 });
        assert(called.newItems.some(({ type }) => type === "tool_call_output_item"));
        Person.parse(called.finalOutput);
      });
    });
  }
});
