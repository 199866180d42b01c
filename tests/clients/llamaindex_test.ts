import type { ChatMessage, ToolCallLLM } from "@llamaindex/core/llms";
import { tool } from "@llamaindex/core/tools";
import { OpenAI, OpenAIResponses } from "@llamaindex/openai";
import { agent, agentStreamEvent, agentToolCallResultEvent } from "@llamaindex/workflow";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { fetchRequiringCalls } from "./require_calls.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const hello = "Hello! How are you?";
const messages = [{ role: "user" as const, content: hello }];

describe("@llamaindex, against the running server", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.kill());

  const common = () => ({
    model: MODEL,
    apiKey: KEY,
    baseURL: `${server.url}/v1`,
    temperature: 0,
    maxRetries: 0,
    additionalSessionOptions: { fetch: fetchRequiringCalls },
  });
  const MODELS: Record<string, () => ToolCallLLM> = {
    "chat completions": () => new OpenAI({ ...common(), maxTokens: 100 }),
    responses: () => new OpenAIResponses({ ...common(), maxOutputTokens: 100 }),
  };

  for (const [name, modelOf] of Object.entries(MODELS)) {
    describe(name, () => {
      it("chats whole and streamed", async () => {
        const { message } = await modelOf().chat({ messages });
        assert(typeof message.content === "string" && message.content !== "");
        let text = "";
        for await (const { delta } of await modelOf().chat({ messages, stream: true })) {
          text += delta;
        }
        // OpenAIResponses repeats a delta in the events that follow it, so texts are not compared.
        assert(text);
      });

      it("runs an agent with tools", async () => {
        const ran: number[] = [];
        const add = tool({
          name: "add",
          description: "Adds two numbers",
          parameters: z.object({ a: z.number().int(), b: z.number().int() }),
          execute: ({ a, b }) => {
            ran.push(a + b);
            return `${a + b}`;
          },
        });
        const clerk = agent({ llm: modelOf(), tools: [add] });
        const first = await clerk.run(hello);
        assert(ran.length > 0);
        assert(first.data.result);

        const chatHistory: ChatMessage[] = [...messages, first.data.message];
        const stream = clerk.runStream("And then?", { chatHistory });
        const types = new Set<string>();
        for await (const event of stream) {
          if (agentToolCallResultEvent.include(event)) types.add("result");
          if (agentStreamEvent.include(event)) types.add("delta");
        }
        assert.deepEqual([...types].sort(), ["delta", "result"]);
      });

      it("makes objects", async () => {
        const Person = z.object({ name: z.string().max(20), age: z.number().int() });
        const { object } = await modelOf().exec({ messages, responseFormat: Person });
        Person.parse(object);
      });
    });
  }
});
