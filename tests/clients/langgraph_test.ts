import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { createSupervisor } from "@langchain/langgraph-supervisor";
import { ChatOpenAI } from "@langchain/openai";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { createAgent, providerStrategy, toolStrategy } from "langchain";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { fetchRequiringCalls } from "./require_calls.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const Person = z.object({ name: z.string().max(20), age: z.number().int().min(0).max(120) });
const add = tool(({ a, b }: { a: number; b: number }) => `${a + b}`, {
  name: "add",
  description: "Adds two numbers",
  schema: z.object({ a: z.number().int(), b: z.number().int() }),
});
const messages = [new HumanMessage("Hello! How are you?")];
const next = new HumanMessage("And then?");

describe("@langchain/langgraph and langchain, against the running server", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.kill());

  for (const useResponsesApi of [false, true]) {
    describe(useResponsesApi ? "responses" : "chat completions", () => {
      let model: ChatOpenAI;

      beforeAll(() => {
        model = new ChatOpenAI({
          model: MODEL,
          apiKey: KEY,
          configuration: { baseURL: `${server.url}/v1`, fetch: fetchRequiringCalls },
          temperature: 0,
          maxTokens: 100,
          maxRetries: 0,
          useResponsesApi,
        });
      });

      for (const outputMode of ["full_history", "last_message"] as const) {
        it(`supervises agents over two turns: ${outputMode}`, async () => {
          const clerk = createReactAgent({ llm: model, tools: [add], name: "clerk" });
          const poet = createReactAgent({ llm: model, tools: [], name: "poet" });
          const prompt = "You manage a clerk and a poet.";
          const supervisor = createSupervisor({
            agents: [clerk, poet],
            llm: model,
            prompt,
            outputMode,
          }).compile();
          const first = await supervisor.invoke({ messages });
          assert.match(calledIn(first.messages)[0] ?? "", /^transfer_to_(clerk|poet)$/);
          assert(calledIn(first.messages).includes("transfer_back_to_supervisor"));
          const second = await supervisor.invoke({ messages: [...first.messages, next] });
          const added = second.messages.slice(first.messages.length + 1);
          assert.match(calledIn(added)[0] ?? "", /^transfer_to_(clerk|poet)$/);
        });
      }

      it("runs createReactAgent with responseFormat, over two turns", async () => {
        const agent = createReactAgent({ llm: model, tools: [add], responseFormat: Person });
        const first = await agent.invoke({ messages });
        Person.parse(first.structuredResponse);
        assert(first.messages.some((message) => ToolMessage.isInstance(message)));
        const second = await agent.invoke({ messages: [...first.messages, next] });
        Person.parse(second.structuredResponse);
      });

      it("runs createAgent with providerStrategy, over two turns", async () => {
        const agent = createAgent({
          model,
          tools: [add],
          responseFormat: providerStrategy(Person),
        });
        const first = await agent.invoke({ messages });
        assert.equal(calledIn(first.messages)[0], "add");
        Person.parse(first.structuredResponse);
        const second = await agent.invoke({ messages: [...first.messages, next] });
        Person.parse(second.structuredResponse);
      });

      it("runs createAgent with toolStrategy", async () => {
        const agent = createAgent({ model, tools: [], responseFormat: toolStrategy(Person) });
        Person.parse((await agent.invoke({ messages })).structuredResponse);
      });

      it("streams createAgent, message by message", async () => {
        const agent = createAgent({ model, tools: [add] });
        const types = new Set<string>();
        for await (
          const [message] of await agent.stream({ messages }, { streamMode: "messages" })
        ) {
          types.add(message.type);
        }
        assert.deepEqual(types, new Set(["ai", "tool"]));
      });
    });
  }
});

/** The names of the tools that were called. */
function calledIn(messages: readonly BaseMessage[]): string[] {
  return messages.flatMap((message) =>
    AIMessage.isInstance(message) ? (message.tool_calls ?? []).map(({ name }) => name) : []
  );
}
