import { z } from "zod";
import type { TurnUsage } from "../../chat/turn.ts";
import type { Message } from "../../conversation/message.ts";
import type { RunEnd } from "../../conversation/run.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import { derivedId } from "../derived_id.ts";
import type { ErrorBody } from "../errors.ts";
import type { Answer } from "../turn_outcome.ts";
import type { ResponsesRequest } from "./schema.ts";

/** What is known of a response from its beginning. */
export interface ResponseHead {
  readonly id: string;
  /** The id of the output item that is its answer. */
  readonly messageId: string;
  /** The id of the output item that is its state, if it was asked for. */
  readonly stateId?: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly request: ResponsesRequest;
  /** The sampling in use, with what the request did not say filled in. */
  readonly sampling: SamplingOptions;
}

/** How far an item, or a whole response, got. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** The fields of a response that change while it is made. */
export interface ResponseProgress {
  readonly status: ItemStatus | "queued" | "failed" | "cancelled";
  readonly output: readonly OutputItem[];
  readonly completedAt?: number;
  readonly error?: Pick<ErrorBody, "message">;
  readonly usage?: TurnUsage;
}

/** The messages of a request's input. */
export function inputMessages({ input }: ResponsesRequest): readonly Message[] {
  return typeof input === "string" ? [{ role: "user", text: input }] : input;
}

/** An `output_text` content part. */
export function outputText(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

/** The `message` item of an answer, with its content parts. */
export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly ReturnType<typeof outputText>[],
) {
  return { type: "message", id, status, role: "assistant", content };
}

/** An item of the output. */
export type OutputItem = ReturnType<typeof messageItem> | ReturnType<typeof stateItem>;

/** The item of a state that its client keeps. There is none in OpenAI's API. */
export function stateItem(id: string, encrypted: string) {
  return { type: "state", id, encrypted_content: encrypted };
}

/** The end of a response whose state is given to its client. */
export type SealedEnd = Extract<RunEnd, { type: "end" }> & { readonly sealed?: string };

/** The ids of the items of a request's input. They always are the same. */
export function inputIds(response: string, request: ResponsesRequest): Promise<string[]> {
  return Promise.all(
    inputMessages(request).map((_, index) => derivedId("msg_", `${response}/${index}`)),
  );
}

/** A message of the input as an item. */
export function inputItem(id: string, { role, text }: Message) {
  const content = role === "assistant" ? outputText(text) : { type: "input_text", text };
  return { type: "message", id, status: "completed", role, content: [content] };
}

/** OpenAI's `ResponseUsage`. */
export function responseUsage({ prompt, cached, completion }: TurnUsage) {
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: prompt + completion,
  };
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
    tools: [],
    tool_choice: request.tool_choice ?? "auto",
    truncation: request.truncation ?? "disabled",
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    text: { format: { type: "text" } },
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    top_logprobs: 0,
    temperature: sampling.temperature,
    reasoning: null,
    usage: usage ? responseUsage(usage) : null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    store: request.store ?? true,
    background: request.background ?? false,
    ...(request.conversation ? { conversation: { id: request.conversation } } : {}),
    service_tier: "default",
    metadata: request.metadata ?? {},
    safety_identifier: null,
    prompt_cache_key: null,
  };
}

/**
 * How far a stored response got.
 *
 * @param end `null` while it is being made
 * @param begun whether that has begun
 */
export function progressOf(
  head: ResponseHead,
  text: string,
  end: RunEnd | SealedEnd | null,
  begun: boolean,
): ResponseProgress {
  const output = (status: ItemStatus) =>
    text === "" ? [] : [messageItem(head.messageId, status, [outputText(text)])];
  switch (end?.type) {
    case undefined: {
      const waiting = head.request.background && !begun;
      return { status: waiting ? "queued" : "in_progress", output: output("in_progress") };
    }
    case "end":
      return finished(head, { ...end, text }, toSeconds(end.at));
    case "failed":
      return { status: "failed", output: output("incomplete"), error: failureOf(end) };
    case "cancelled":
      return { status: "cancelled", output: output("incomplete") };
  }
}

/** What was kept of a failure. */
export function failureOf({ failure }: Extract<RunEnd, { type: "failed" }>): ErrorBody {
  return failureSchema.parse(failure);
}

const failureSchema = z.object({
  message: z.string(),
  type: z.enum(["invalid_request_error", "server_error", "too_many_requests"]),
  param: z.string().nullable(),
  code: z.string().nullable(),
});

/** Whole seconds of milliseconds. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** How a response ends whose answer is whole. */
export function finished(
  { messageId, stateId }: ResponseHead,
  { text, reason, usage, sealed }: Answer,
  now: number,
): ResponseProgress & { readonly status: ItemStatus } {
  const output = (status: ItemStatus) => [
    messageItem(messageId, status, [outputText(text)]),
    ...stateId === undefined || sealed === undefined ? [] : [stateItem(stateId, sealed)],
  ];
  return reason === "length"
    ? { status: "incomplete", output: output("incomplete"), usage }
    : { status: "completed", output: output("completed"), usage, completedAt: now };
}
