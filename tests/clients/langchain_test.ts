import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const Person = z.object({ name: z.string(), age: z.number().int().min(0).max(120) });
const add = tool(({ a, b }: { a: number; b: number }) => `${a + b}`, {
  name: "add",
  description: "Adds two numbers",
  schema: z.object({ a: z.number().int(), b: z.number().int() }),
});
const hello = [new HumanMessage("Hello! How are you?")];

describe("@langchain/openai, against the running server", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.kill());

  for (const useResponsesApi of [false, true]) {
    describe(useResponsesApi ? "responses" : "chat completions", () => {
      let model: ChatOpenAI;
      const modelOf = (maxTokens: number) =>
        new ChatOpenAI({
          model: MODEL,
          apiKey: KEY,
          configuration: { baseURL: `${server.url}/v1` },
          temperature: 0,
          maxTokens,
          maxRetries: 0,
          useResponsesApi,
        });

      beforeAll(() => {
        model = modelOf(24);
      });

      it("invokes and streams the same text", async () => {
        const whole = await model.invoke(hello);
        assert(whole.text);
        let text = "";
        for await (const chunk of await model.stream(hello)) text += chunk.text;
        assert.equal(text, whole.text);
        assert(
          z.looseObject({ input_tokens: z.int().min(1) }).safeParse(whole.usage_metadata).success,
        );
      });

      it("calls bound tools, and takes their results", async () => {
        const bound = modelOf(200).bindTools([add], { tool_choice: "add" });
        const called = await bound.invoke(hello);
        const [call] = called.tool_calls ?? [];
        assert.equal(call?.name, "add");
        const result = await add.invoke(call!);
        assert(result instanceof ToolMessage);
        const answer = await model.invoke([...hello, called, result]);
        assert.equal(answer.tool_calls?.length ?? 0, 0);
        assert(answer.text);

        let joined: Awaited<ReturnType<typeof model.invoke>> | undefined;
        for await (const chunk of await bound.stream(hello)) {
          joined = joined === undefined ? chunk : joined.concat(chunk);
        }
        assert.equal(joined?.tool_calls?.[0]?.name, "add");
      });

      it("makes objects", async () => {
        for (const method of ["jsonSchema", "functionCalling"] as const) {
          // With the limit far off, so that the answer ends by itself.
          const structured = modelOf(400).withStructuredOutput(Person, { method, name: "person" });
          Person.parse(await structured.invoke(hello));
        }
      });

      it("leaves in the middle", async () => {
        const left = new AbortController();
        const stream = await modelOf(2_000).stream(hello, { signal: left.signal });
        await assert.rejects(async () => {
          for await (const _ of stream) left.abort();
        }, /abort/i);
        assert((await model.invoke(hello)).text);
      });
    });
  }
});
