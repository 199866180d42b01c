import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const hello = "Hello! How are you?";
/** The embedded model calls when it must; after that it may call again, or answer. */
const prepareStep = ({ stepNumber }: { stepNumber: number }) => ({
  toolChoice: stepNumber === 0 ? "required" as const : "auto" as const,
});
const modelSettings = { temperature: 0, maxOutputTokens: 100, maxRetries: 0 };
const add = createTool({
  id: "add",
  description: "Adds two numbers",
  inputSchema: z.object({ a: z.number().int(), b: z.number().int() }),
  execute: ({ a, b }) => Promise.resolve(a + b),
});
const Person = z.object({ name: z.string().max(20), age: z.number().int().min(0).max(120) });

describe("@mastra/core, against the running server", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.kill());

  for (const api of ["chat", "responses"] as const) {
    describe(api, () => {
      const clerk = () =>
        new Agent({
          id: "clerk",
          name: "Clerk",
          instructions: "You are kind.",
          model: { id: `tern/${MODEL}`, url: `${server.url}/v1`, apiKey: KEY, api },
          tools: { add },
        });

      it("answers whole and streamed, over two turns", async () => {
        const agent = clerk();
        const whole = await agent.generate(hello, { modelSettings });
        assert(whole.text);
        const stream = await agent.stream(hello, { modelSettings });
        const deltas = await Array.fromAsync(stream.textStream);
        assert(deltas.length > 1);
        assert.equal(deltas.join(""), whole.text);
        const said = [
          { role: "user" as const, content: hello },
          { role: "assistant" as const, content: whole.text },
          { role: "user" as const, content: "And then?" },
        ];
        assert((await agent.generate(said, { modelSettings })).text);
      });

      it("calls tools, and takes their results", async () => {
        const options = { modelSettings, prepareStep, maxSteps: 3 };
        const whole = await clerk().generate(hello, options);
        assert(whole.toolResults.length > 0);
        const stream = await clerk().stream(hello, options);
        const types = new Set<string>();
        for await (const { type } of stream.fullStream) types.add(type);
        assert(types.has("tool-result") && types.has("finish") && !types.has("error"));
      });

      it("makes objects with tools at hand, before and after a call", async () => {
        const options = { modelSettings, structuredOutput: { schema: Person } };
        Person.parse((await clerk().generate(hello, { ...options, toolChoice: "none" })).object);
        const called = await clerk().generate(hello, { ...options, prepareStep, maxSteps: 4 });
        assert(called.toolResults.length > 0);
        Person.parse(called.object);
      });
    });
  }
});
