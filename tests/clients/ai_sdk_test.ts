import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const prompt = "Hello! How are you?";
const settings = { prompt, temperature: 0, maxOutputTokens: 24, maxRetries: 0 };
const Person = z.object({ name: z.string(), age: z.number().int().min(0).max(120) });

/** What the models of one provider do. Those that speak of `Responses` do it by `/v1/responses`. */
const MODELS = {
  "openai-compatible": (baseURL: string): LanguageModel =>
    createOpenAICompatible({
      name: "tern",
      baseURL,
      apiKey: KEY,
      supportsStructuredOutputs: true,
      includeUsage: true,
    })(MODEL),
  "openai, chat": (baseURL: string): LanguageModel =>
    createOpenAI({ baseURL, apiKey: KEY }).chat(MODEL),
  "openai, responses": (baseURL: string): LanguageModel =>
    createOpenAI({ baseURL, apiKey: KEY }).responses(MODEL),
};

describe("ai, against the running server", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.kill());

  for (const [name, modelAt] of Object.entries(MODELS)) {
    describe(name, () => {
      let model: LanguageModel;

      beforeAll(() => {
        model = modelAt(`${server.url}/v1`);
      });

      it("generates and streams the same text", async () => {
        const whole = await generateText({ model, ...settings });
        assert(whole.text);
        const stream = streamText({ model, ...settings });
        const deltas = await Array.fromAsync(stream.textStream);
        assert(deltas.length > 1);
        assert.equal(deltas.join(""), whole.text);
        const usage = await stream.usage;
        assert.equal(usage.outputTokens, whole.usage.outputTokens);
        assert((whole.usage.inputTokens ?? 0) > 0);
      });

      it("calls tools, and takes their results", async () => {
        const tools = {
          add: tool({
            description: "Adds two numbers",
            inputSchema: z.object({ a: z.number().int(), b: z.number().int() }),
            execute: ({ a, b }) => a + b,
          }),
        };
        const called = await generateText({
          model,
          ...settings,
          maxOutputTokens: 200,
          tools,
          toolChoice: "required",
          // Called again and again, if it is required again and again.
          prepareStep: ({ stepNumber }) => ({
            toolChoice: stepNumber === 0 ? "required" : "none",
          }),
          stopWhen: stepCountIs(2),
        });
        const [first, second] = called.steps;
        assert(first!.toolResults.length >= 1);
        assert(first!.toolResults.every(({ output }) => typeof output === "number"));
        assert.equal(second?.toolCalls.length, 0);

        const stream = streamText({
          model,
          ...settings,
          maxOutputTokens: 200,
          tools,
          toolChoice: { type: "tool", toolName: "add" },
        });
        const parts = await Array.fromAsync(stream.fullStream);
        const types = parts.map(({ type }) => type);
        assert(types.includes("tool-input-delta") && types.includes("tool-result"), `${types}`);
        assert(!types.includes("error"));
      });

      it("makes objects, whole and streamed", async () => {
        const asked = {
          model,
          ...settings,
          maxOutputTokens: 100,
          output: Output.object({ schema: Person }),
        };
        Person.parse(JSON.parse((await generateText(asked)).text));
        const stream = streamText(asked);
        let last: unknown;
        for await (const partial of stream.partialOutputStream) last = partial;
        Person.parse(last);
      });

      it("makes objects with tools at hand, whole and streamed", async () => {
        let ran = 0;
        const now = tool({
          description: "The time of day",
          inputSchema: z.object({}),
          execute: () => (ran++, "noon"),
        });
        const asked = {
          model,
          ...settings,
          maxOutputTokens: 100,
          tools: { now },
          output: Output.object({ schema: Person }),
          // The embedded model calls when it must; after that it may call again, or answer.
          prepareStep: ({ stepNumber }: { stepNumber: number }) => ({
            toolChoice: stepNumber === 0 ? "required" as const : "auto" as const,
          }),
          stopWhen: stepCountIs(4),
        };
        const whole = await generateText(asked);
        assert(ran > 0);
        Person.parse(whole.output);
        const stream = streamText(asked);
        let last: unknown;
        for await (const partial of stream.partialOutputStream) last = partial;
        assert.deepEqual(Person.parse(last), whole.output);
        assert((await stream.steps)[0]!.toolResults.length > 0);

        // A second turn, after all of that.
        const next = { role: "user" as const, content: "And then?" };
        const { prompt: _, ...rest } = asked;
        const messages = [
          { role: "user" as const, content: prompt },
          ...whole.responseMessages,
          next,
        ];
        Person.parse((await generateText({ ...rest, messages })).output);
      });

      it("leaves in the middle", async () => {
        const left = new AbortController();
        const stream = streamText({
          model,
          ...settings,
          maxOutputTokens: 2_000,
          abortSignal: left.signal,
          onError: () => {},
        });
        const types: string[] = [];
        for await (const { type } of stream.fullStream) {
          types.push(type);
          if (type === "text-delta") left.abort();
        }
        assert.equal(types.at(-1), "abort", `${types}`);
        assert((await generateText({ model, ...settings })).text);
      });
    });
  }
});
