import type { Piece } from "../../engine/generate.ts";
import type { Message } from "../../prompt/message.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { RunEnd } from "../../tree/run.ts";
import type { TurnUsage } from "../../turn/turn.ts";
import { derivedId } from "../answers/derived_id.ts";
import type { ErrorBody } from "../errors/errors.ts";
import { askedLimit } from "../requests/sampling.ts";
import type { ResponseHead } from "./asked.ts";
import {
  callItem,
  type ItemStatus,
  type OutputItem,
  outputItems,
  outputText,
  type SealedEnd,
  sealedItems,
} from "./output.ts";
import { failureOf } from "./stored_failure.ts";

/** The fields of a response that change while it is made. */
export interface ResponseProgress {
  readonly status: ItemStatus | "queued" | "failed" | "cancelled";
  readonly output: readonly OutputItem[];
  readonly completedAt?: number;
  readonly error?: Pick<ErrorBody, "message">;
  readonly usage?: TurnUsage;
}

/** What items are called by their kind. */
export function itemPrefix({ tool }: Message): string {
  return tool === undefined ? "msg_" : tool.type === "call" ? "fc_" : "fco_";
}

/** Ids that are derived side by side. */
const IDS_AT_ONCE = 64;

/** The ids of the items of a response's input. They always are the same. */
export async function inputIds(
  response: string,
  messages: readonly Message[],
): Promise<string[]> {
  const ids: string[] = [];
  // Not all at once: thousands of digests that are begun together keep others waiting.
  for (let at = 0; at < messages.length; at += IDS_AT_ONCE) {
    const some = messages.slice(at, at + IDS_AT_ONCE);
    ids.push(
      ...await Promise.all(
        some.map((message, i) => derivedId(itemPrefix(message), `${response}/${at + i}`)),
      ),
    );
  }
  return ids;
}

/** A message of a conversation as an item. */
export function inputItem(id: string, { role, text, tool, phase }: Message) {
  switch (tool?.type) {
    case "call":
      return callItem(id, "completed", tool);
    case "result": {
      const { callId: call_id, output } = tool;
      return { type: "function_call_output", id, call_id, output, status: "completed" };
    }
  }
  const content = role === "assistant" ? outputText(text) : { type: "input_text", text };
  return {
    type: "message",
    id,
    status: "completed",
    role,
    content: [content],
    ...phase ? { phase } : {},
  };
}

/**
 * OpenAI's `ResponseUsage`.
 *
 * @param keeps whether the states after the prompt and the answer are kept
 */
export function responseUsage(
  { prompt, cached, completion, thoughts = 0 }: TurnUsage,
  keeps: boolean,
) {
  return {
    input_tokens: prompt,
    input_tokens_details: {
      cached_tokens: cached,
      cache_write_tokens: keeps ? prompt - cached : 0,
    },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: thoughts },
    total_tokens: prompt + completion,
  };
}

/** The format of the text, as it was asked for. */
function wireFormat({ text }: ResponseHead["request"]) {
  const { format } = text ?? {};
  if (format?.type !== "json_schema") return { type: format?.type ?? "text" };
  const { name, description, schema, strict } = format;
  return {
    type: "json_schema",
    name,
    description: description ?? null,
    schema,
    strict: strict ?? false,
  };
}

/** The tools, as they were given. */
function wireTools({ tools }: ResponseHead["request"]) {
  return tools?.map(({ name, description, parameters, strict }) => ({
    type: "function",
    name,
    description: description ?? null,
    parameters: parameters ?? null,
    strict: strict ?? false,
  })) ?? [];
}

/**
 * The response object. Every field of the schema is there, `null` where there is nothing to say.
 *
 * Source: Open Responses, `ResponseResource`.
 */
export function responseObject(head: ResponseHead, progress: ResponseProgress) {
  const { request, sampling } = head;
  const { status, output, completedAt, error, usage } = progress;
  return {
    id: head.id,
    object: "response",
    created_at: head.created,
    completed_at: completedAt ?? null,
    status,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    model: head.model,
    previous_response_id: request.previous_response_id ?? null,
    instructions: request.instructions ?? null,
    output,
    error: error ? { code: "server_error", message: error.message } : null,
    tools: wireTools(request),
    tool_choice: request.tool_choice ?? "auto",
    truncation: request.truncation ?? "disabled",
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    text: { format: wireFormat(request) },
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    top_logprobs: request.top_logprobs ?? 0,
    temperature: sampling.temperature,
    reasoning: head.effort === undefined ? null : { effort: head.effort, summary: null },
    usage: usage ? responseUsage(usage, request.store ?? true) : null,
    max_output_tokens: askedLimit(request) ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    store: request.store ?? true,
    background: request.background ?? false,
    ...(request.conversation ? { conversation: { id: request.conversation } } : {}),
    service_tier: "default",
    metadata: request.metadata ?? {},
    safety_identifier: request.safety_identifier ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    // Of OpenAI's alone: told where they were given.
    ...(request.prompt_cache_retention
      ? { prompt_cache_retention: request.prompt_cache_retention }
      : {}),
    ...(request.user ? { user: request.user } : {}),
  };
}

/** How much of a response there is. */
export interface ResponseSoFar {
  readonly pieces: readonly Piece[];
  /** `null` while it is being made. */
  readonly end: RunEnd | SealedEnd | null;
  /** Whether its making has begun. */
  readonly begun: boolean;
}

/** How far a response got. */
export function progressOf(
  head: ResponseHead,
  tokenizer: Tokenizer,
  { pieces, end, begun }: ResponseSoFar,
): ResponseProgress {
  const output = (status: ItemStatus) =>
    outputItems(head, tokenizer, pieces, end?.type === "end", status);
  switch (end?.type) {
    case undefined: {
      const waiting = head.request.background && !begun;
      return { status: waiting ? "queued" : "in_progress", output: output("in_progress") };
    }
    case "end": {
      const { reason, usage } = end;
      const whole = (status: ItemStatus) => [...output(status), ...sealedItems(head, end)];
      return reason === "length" ? { status: "incomplete", output: whole("incomplete"), usage } : {
        status: "completed",
        output: whole("completed"),
        usage,
        completedAt: toSeconds(end.at),
      };
    }
    case "failed":
      return { status: "failed", output: output("incomplete"), error: failureOf(end) };
    case "cancelled":
      return { status: "cancelled", output: output("incomplete") };
  }
}

/** Whole seconds of milliseconds. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
