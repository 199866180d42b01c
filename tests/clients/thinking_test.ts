import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createOpenAI } from "@ai-sdk/openai";
import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { generateText, streamText } from "ai";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { THINKING_MODEL, writeThinkingModel } from "../thinking_model.ts";
import { KEY, startServer } from "./server.ts";

const prompt = "My name is Sarah. What is my name?";
const messages = [{ role: "user" as const, content: prompt }];
const limits = { temperature: 0, max_tokens: 60 };
const thought = z.looseObject({ reasoning_content: z.string().min(1) });
const tool = {
  name: "add",
  parameters: {
    type: "object",
    properties: { a: { type: "integer", minimum: 0, maximum: 99 } },
    required: ["a"],
    additionalProperties: false,
  },
};

/** LangChain's types leave open what a message has. */
const usageOf = ({ usage_metadata }: { readonly usage_metadata?: unknown }) =>
  z.object({
    input_tokens: z.number(),
    output_token_details: z.object({ reasoning: z.number() }),
  }).parse(usage_metadata);

describe("clients of a model that thinks", () => {
  let server: ServerProcess;
  let folder: string;
  let baseURL: string;
  let openai: OpenAI;

  beforeAll(async () => {
    folder = await Deno.makeTempDir();
    await writeThinkingModel(folder);
    server = await startServer({ TERN_MODEL: folder });
    baseURL = `${server.url}/v1`;
    openai = new OpenAI({ baseURL, apiKey: KEY, maxRetries: 0 });
  });

  afterAll(async () => {
    await server.kill();
    await Deno.remove(folder, { recursive: true });
  });

  it("openai: chat completions, whole and streamed, with a second turn", async () => {
    const request = {
      model: THINKING_MODEL,
      messages,
      ...limits,
      reasoning_effort: "low" as const,
    };
    const whole = await openai.chat.completions.create(request);
    const { message } = whole.choices[0]!;
    const { reasoning_content } = thought.parse(message);
    assert.ok(whole.usage!.completion_tokens_details!.reasoning_tokens! > 0);
    let [thoughts, text] = ["", ""];
    for await (
      const { choices } of await openai.chat.completions.create({ ...request, stream: true })
    ) {
      const delta = z.looseObject({ reasoning_content: z.string().optional() })
        .parse(choices[0]?.delta ?? {});
      thoughts += delta.reasoning_content ?? "";
      text += choices[0]?.delta.content ?? "";
    }
    assert.deepEqual([thoughts, text], [reasoning_content, message.content]);
    const next = await openai.chat.completions.create({
      ...request,
      messages: [...messages, message, { role: "user", content: "And yours?" }],
    });
    assert.ok(next.usage!.prompt_tokens_details!.cached_tokens! > 0, "the state was found");
  });

  it("openai: responses, by its own helper, and with what came out as input", async () => {
    const request = {
      model: THINKING_MODEL,
      input: prompt,
      temperature: 0,
      max_output_tokens: 60,
      reasoning: { effort: "low" as const },
    };
    const stream = openai.responses.stream(request);
    let thoughts = "";
    stream.on("response.reasoning_text.delta", ({ delta }) => void (thoughts += delta));
    const made = await stream.finalResponse();
    const item = made.output.find(({ type }) => type === "reasoning");
    assert.ok(item?.type === "reasoning");
    assert.equal(item.content?.[0]?.text, thoughts);
    assert.ok(made.usage!.output_tokens_details.reasoning_tokens > 0);
    const next = await openai.responses.create({
      ...request,
      input: [
        { role: "user", content: prompt },
        ...made.output as OpenAI.Responses.ResponseInputItem[],
        { role: "user", content: "And yours?" },
      ],
    });
    assert.ok(next.output_text !== undefined);
  });

  it("openai: calls after thoughts, and their results", async () => {
    const tools = [{ type: "function" as const, function: tool }];
    const request = {
      model: THINKING_MODEL,
      tools,
      ...limits,
      max_tokens: 120,
      reasoning_effort: "low" as const,
    };
    const called = await openai.chat.completions.create({
      ...request,
      messages,
      tool_choice: "required",
    });
    const { message } = called.choices[0]!;
    const [call] = message.tool_calls ?? [];
    assert.ok(call?.type === "function");
    assert.ok(Number.isInteger(JSON.parse(call.function.arguments).a));
    const result = { role: "tool" as const, tool_call_id: call.id, content: "3" };
    const next = await openai.chat.completions.create({
      ...request,
      messages: [...messages, message, result],
    });
    assert.ok(next.choices[0]);
  });

  it("ai: the compatible provider has the thoughts, whole and streamed", async () => {
    const model = createOpenAICompatible({ name: "tern", baseURL, apiKey: KEY })(THINKING_MODEL);
    const settings = {
      model,
      prompt,
      temperature: 0,
      maxOutputTokens: 60,
      providerOptions: { tern: { reasoningEffort: "low" } },
    };
    const whole = await generateText(settings);
    assert.ok(whole.reasoningText);
    const stream = streamText(settings);
    assert.equal(await stream.text, whole.text);
    assert.equal(await stream.reasoningText, whole.reasoningText);
  });

  it("ai: responses of a model that reasons are read, and go on", async () => {
    const model = createOpenAI({ baseURL, apiKey: KEY }).responses(THINKING_MODEL);
    const providerOptions = { openai: { reasoningEffort: "low", forceReasoning: true } };
    const settings = { model, maxOutputTokens: 60, providerOptions };
    const whole = await generateText({ ...settings, prompt });
    const next = await generateText({
      ...settings,
      messages: [
        { role: "user", content: prompt },
        ...whole.response.messages,
        { role: "user", content: "And yours?" },
      ],
    });
    assert.ok((next.usage.inputTokens ?? 0) > (whole.usage.inputTokens ?? 0));
  });

  for (const useResponsesApi of [false, true]) {
    it(`LangChain: ${useResponsesApi ? "responses" : "chat completions"}`, async () => {
      const model = new ChatOpenAI({
        model: THINKING_MODEL,
        apiKey: KEY,
        configuration: { baseURL },
        maxTokens: 60,
        maxRetries: 0,
        useResponsesApi,
        // It knows by their names which of OpenAI's models think.
        modelKwargs: useResponsesApi
          ? { reasoning: { effort: "low" } }
          : { reasoning_effort: "low" },
      });
      const first = await model.invoke([new HumanMessage(prompt)]);
      const usage = usageOf(first);
      assert.ok(usage.output_token_details.reasoning > 0, JSON.stringify(usage));
      const next = await model.invoke([
        new HumanMessage(prompt),
        first,
        new HumanMessage("And yours?"),
      ]);
      assert.ok(usageOf(next).input_tokens > usage.input_tokens);
    });
  }
});
