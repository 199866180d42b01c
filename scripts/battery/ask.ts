import { z } from "zod";
import { AnswerError } from "../recall/ask.ts";
import { type Effort, g1Prompt, type G1Turn, readG1Answer } from "./g1.ts";
import type { Item } from "./item.ts";
import type { Answer, Call } from "./score.ts";

/** An answer may take minutes on a busy machine. */
const ANSWER_MS = 300_000;
/** Tokens that a thought may have beside the answer. */
const THOUGHT_TOKENS = 160;

/** Where and how the items are asked. */
export interface Asking {
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly seed: number;
  readonly temperature: number | undefined;
  readonly effort: Effort | undefined;
  /** Whether the prompts are written here, as G1's, for `POST /v1/completions`, and not by the server. */
  readonly g1: boolean;
}

const chatSchema = z.object({
  choices: z.array(z.object({
    finish_reason: z.string().nullable(),
    message: z.object({
      content: z.string().nullish(),
      tool_calls: z.array(z.object({
        function: z.object({ name: z.string(), arguments: z.string() }),
      })).nullish(),
    }),
  })).min(1),
});

const completionSchema = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: z.string().nullable() })).min(1),
});

/**
 * Holds the conversation of an item, the server's own answers being part of it, and gives the last answer.
 *
 * @throws {AnswerError} if the server refuses or fails
 */
export async function holdItem(asking: Asking, item: Item, signal?: AbortSignal): Promise<Answer> {
  const said: G1Turn[] = [];
  let answer: Answer | undefined;
  for (const [i, user] of item.turns.entries()) {
    const last = i === item.turns.length - 1;
    const effort = last ? asking.effort : undefined;
    said.push({ role: "user", text: user });
    answer = asking.g1
      ? await askG1(asking, item, said, effort, signal)
      : await askChat(asking, item, said, effort, signal);
    said.push({ role: "assistant", text: answer.text });
  }
  return answer!;
}

function common({ model, seed, temperature }: Asking, item: Item, effort: Effort | undefined) {
  const thinks = effort !== undefined && effort !== "none";
  return {
    model,
    seed,
    ...(temperature === undefined ? {} : { temperature }),
    max_tokens: item.max_tokens + (thinks ? THOUGHT_TOKENS : 0),
  };
}

async function askChat(
  asking: Asking,
  item: Item,
  said: readonly G1Turn[],
  effort: Effort | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const messages = [
    ...(item.system === undefined ? [] : [{ role: "system", content: item.system }]),
    ...said.map(({ role, text }) => ({ role, content: text })),
  ];
  const body = await post(asking, "/v1/chat/completions", {
    ...common(asking, item, effort),
    messages,
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(item.tools === undefined ? {} : {
      tools: item.tools.map((tool) => ({ type: "function", function: tool })),
      tool_choice: "required",
    }),
  }, signal);
  const { message, finish_reason } = chatSchema.parse(body).choices[0]!;
  const calls = (message.tool_calls ?? []).flatMap(({ function: { name, arguments: json } }) => {
    const read = parseObject(json);
    return read === undefined ? [] : [{ name, arguments: read }];
  });
  return { text: message.content ?? "", calls, ended: finish_reason !== "length" };
}

async function askG1(
  asking: Asking,
  item: Item,
  said: readonly G1Turn[],
  effort: Effort | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const body = await post(asking, "/v1/completions", {
    ...common(asking, item, effort),
    prompt: g1Prompt(item, said, effort),
    stop: ["\n\nUser:", "\n\nSystem:"],
  }, signal);
  const { text, finish_reason } = completionSchema.parse(body).choices[0]!;
  const { answer, call } = readG1Answer(text, item.tools !== undefined, effort);
  const calls: Call[] = call === undefined ? [] : [call];
  return { text: answer, calls, ended: finish_reason !== "length" };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return z.record(z.string(), z.unknown()).safeParse(value).data;
  } catch {
    return undefined;
  }
}

async function post(
  { url, key }: Asking,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  try {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    const text = await response.text();
    if (!response.ok) throw new AnswerError(`HTTP ${response.status}: ${text}`);
    return JSON.parse(text);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AnswerError) throw error;
    throw new AnswerError(error instanceof Error ? error.message : `${error}`, { cause: error });
  }
}
