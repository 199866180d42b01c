import type { ResponseTurn } from "../../chat/stored_response.ts";
import { type ReplyIds, replyIds } from "../../chat/reply.ts";
import type { Turn, TurnEvent } from "../../chat/turn.ts";
import type { Message } from "../../conversation/message.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import type { ApiPorts } from "../context.ts";
import { ApiError, InvalidRequestError } from "../errors.ts";
import { formOf, systemText } from "../responses/asked.ts";
import type { ResponseOutcome } from "../responses/events.ts";
import { createStored, followCreated, type PreparedResponse } from "../responses/create.ts";
import { FailedResponseError } from "../responses/reply.ts";
import { failureOf, inputIds, type ResponseHead } from "../responses/wire.ts";
import type { AnswerSchema, ToolRequest } from "../tools/tools.ts";
import { unsaid } from "./unsaid.ts";

/** A chat completion that is added to a conversation. */
export interface ConversationTurn {
  readonly tenant: string;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  readonly conversation: string;
  /** The name of the chat completion, of which the response has the same digits. */
  readonly completion: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly stream: boolean;
  /** As they were sent: instructions first, then what is new, or all that was said. */
  readonly messages: readonly Message[];
  readonly tools: ToolRequest | undefined;
  readonly schema: AnswerSchema;
  readonly sampling: SamplingOptions;
  readonly turn: Pick<ResponseTurn, "stop" | "maxTokens" | "topLogprobs">;
  /** Milliseconds to wait while something else is being added to the conversation. */
  readonly patience: number;
}

/** What chat completions of a request do in conversations. */
export interface InConversation {
  /** The names of what the answer of a chat completion consists of. */
  ids(completion: string): ReplyIds;
  /** Begins the answer. */
  begin(asked: ConversationTurn): Promise<Turn>;
}

/** What a request does in conversations. */
export function inConversation(ports: ApiPorts, requestId: string): InConversation {
  return {
    ids: (completion) => replyIds(responseOf(completion)),
    begin: (asked) => beginInConversation(ports, requestId, asked),
  };
}

/**
 * Answers in a conversation: the response is stored, as one of `POST /v1/responses`, and followed.
 *
 * @throws {UnknownConversationError}
 * @throws {ConversationBusyError} if something else is being added to it.
 * @throws {InvalidRequestError} if no message is new, or the last is the assistant's own.
 */
async function beginInConversation(
  ports: ApiPorts,
  requestId: string,
  asked: ConversationTurn,
): Promise<Turn> {
  const { tenant, signal } = asked;
  const requester = { tenant, signal, requestId };
  const prepared = await prepare(ports, asked);
  await createStored(ports, requester, prepared, asked.patience);
  const { outcomes } = followCreated(ports, requester, prepared.head.id);
  const toEvents = new TransformStream<ResponseOutcome, TurnEvent>(
    { transform: (outcome, controller) => controller.enqueue(eventOf(outcome)) },
    undefined,
    { highWaterMark: 0 },
  );
  const { sampling: { seed = 0 } } = asked;
  const start = { manifest: null, tokens: 0, unread: 0, prefix: "", seed };
  return { seed, start, events: outcomes.pipeThrough(toEvents) };
}

async function prepare(
  { chat, conversations }: ApiPorts,
  asked: ConversationTurn,
): Promise<PreparedResponse> {
  const { tenant, conversation, completion, created, stream, tools, schema, sampling, turn } =
    asked;
  const first = asked.messages.findIndex(({ role }) => role !== "system");
  const system = first < 0 ? asked.messages : asked.messages.slice(0, first);
  const backwards = conversations.backwards(tenant, conversation);
  const messages = await unsaid(asked.messages.slice(system.length), backwards);
  if (messages.at(-1)?.role !== "user" && messages.at(-1)?.role !== "system") {
    throw new InvalidRequestError(
      "Invalid 'messages': the last one must be new to the conversation, and one to answer.",
      "messages",
      "invalid_value",
    );
  }
  const id = responseOf(completion);
  const request: ResponseHead["request"] = {
    model: chat.model,
    input: [...messages],
    conversation,
    stream,
    max_output_tokens: turn.maxTokens,
    ...system.length > 0 ? { instructions: system.map(({ text }) => text).join("\n") } : {},
    ...tools === undefined ? {} : {
      tools: tools.tools.map(({ name, description, parameters }) => ({
        type: "function" as const,
        name,
        description,
        parameters: parameters && { ...parameters },
      })),
      tool_choice: typeof tools.choice === "string"
        ? tools.choice
        : { type: "function" as const, name: tools.choice.name },
      parallel_tool_calls: tools.parallel,
    },
    ...schema === undefined ? {} : {
      text: {
        format: {
          type: "json_schema" as const,
          name: "answer",
          schema: schema.schema as Record<string, unknown>,
        },
        verbosity: undefined,
      },
    },
  };
  const instructions = systemText(request);
  const form = formOf(request);
  return {
    head: { id, created, model: chat.model, request, sampling },
    turn: {
      messages: [...messages],
      itemIds: await inputIds(id, messages),
      ...instructions === undefined ? {} : { instructions },
      ...form === undefined ? {} : { form },
      sampling,
      stop: turn.stop,
      maxTokens: turn.maxTokens,
      ...turn.topLogprobs === undefined ? {} : { topLogprobs: turn.topLogprobs },
    },
  };
}

/** The response that a chat completion is in its conversation. */
function responseOf(completion: string): string {
  return `resp_${completion.slice(completion.indexOf("-") + 1)}`;
}

/** @throws why there is no answer */
function eventOf(outcome: ResponseOutcome): TurnEvent {
  switch (outcome.type) {
    case "text":
      return { ...outcome, tokens: [] };
    case "end":
      return { type: "end", reason: outcome.reason, usage: outcome.usage };
    case "failed":
      throw new FailedResponseError(failureOf(outcome));
    case "cancelled":
      throw new ApiError(409, "The answer was cancelled.", {
        code: "response_cancelled",
        headers: { "x-should-retry": "false" },
      });
    case "broken":
      throw outcome.cause;
  }
}
