import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { chat, maxIterations, toolDefinition } from "@tanstack/ai";
import { openaiCompatible } from "@tanstack/ai-openai/compatible";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { fetchRequiringCalls } from "./require_calls.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const messages = [{ role: "user" as const, content: "Hello! How are you?" }];
const Person = z.object({ name: z.string().max(20), age: z.number().int().min(0).max(120) });

describe("@tanstack/ai, against the running server", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.kill());

  for (const api of ["chat-completions", "responses"] as const) {
    describe(api, () => {
      const adapterOf = () =>
        openaiCompatible({
          name: "tern",
          baseURL: `${server.url}/v1`,
          apiKey: KEY,
          models: [MODEL],
          api,
          fetch: fetchRequiringCalls,
        })(MODEL);
      const modelOptions = {
        temperature: 0,
        [api === "responses" ? "max_output_tokens" : "max_tokens"]: 100,
      };

      it("answers whole and streamed", async () => {
        const asked = { adapter: adapterOf(), messages, modelOptions };
        const whole = await chat({ ...asked, stream: false });
        assert(whole);
        const text: string[] = [];
        for await (const chunk of chat(asked)) {
          if (chunk.type === "TEXT_MESSAGE_CONTENT") text.push(chunk.delta);
          assert.notEqual(chunk.type, "RUN_ERROR", JSON.stringify(chunk));
        }
        assert(text.length > 1);
        assert.equal(text.join(""), whole);
      });

      it("calls tools, takes their results, and goes on in a second turn", async () => {
        const ran: number[] = [];
        const add = toolDefinition({
          name: "add",
          description: "Adds two numbers",
          inputSchema: z.object({ a: z.number().int(), b: z.number().int() }),
        }).server(({ a, b }) => {
          ran.push(a + b);
          return a + b;
        });
        const types: string[] = [];
        let last = "";
        const stream = chat({
          adapter: adapterOf(),
          messages,
          modelOptions,
          tools: [add],
          agentLoopStrategy: maxIterations(3),
        });
        for await (const chunk of stream) {
          assert.notEqual(chunk.type, "RUN_ERROR", JSON.stringify(chunk));
          types.push(chunk.type);
          if (chunk.type === "TEXT_MESSAGE_CONTENT") last += chunk.delta;
        }
        assert(ran.length > 0);
        assert(types.includes("TOOL_CALL_ARGS") && types.includes("TOOL_CALL_RESULT"), `${types}`);
        assert.equal(types.at(-1), "RUN_FINISHED");

        const said = [...messages, { role: "assistant" as const, content: last }, {
          role: "user" as const,
          content: "And then?",
        }];
        assert(await chat({ adapter: adapterOf(), messages: said, modelOptions, stream: false }));
      });

      it("makes objects, with tools at hand as well", async () => {
        const asked = { adapter: adapterOf(), messages, modelOptions, outputSchema: Person };
        Person.parse(await chat(asked));
        let ran = 0;
        const now = toolDefinition({
          name: "now",
          description: "The time of day",
          inputSchema: z.object({}),
        }).server(() => {
          ran++;
          return "noon";
        });
        const agentLoopStrategy = maxIterations(3);
        Person.parse(await chat({ ...asked, tools: [now], agentLoopStrategy }));
        assert(ran > 0);
      });
    });
  }
});
