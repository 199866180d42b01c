import type { Context } from "hono";
import { unsaid } from "../../conversation/unsaid.ts";
import type { Message } from "../../prompt/message.ts";
import { UnknownResponseError } from "../../records/errors.ts";
import { type ReplyIds, replyIds } from "../../response/answer_items.ts";
import type { ResponseEvent, ResponseTurn } from "../../response/stored_response.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import type { AnswerStream } from "../../stream/answer_stream.ts";
import { NothingToAnswerError } from "../../turn/errors.ts";
import type { Watching } from "../answers/choices.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { makeOnce, unless } from "../idempotency/make_once.ts";
import type { Ignored } from "../requests/ignored.ts";
import { formOf, markedAs, type ResponseHead, systemText } from "../responses/asked.ts";
import { headOf } from "../responses/card.ts";
import { createStored, type PreparedResponse } from "../responses/create.ts";
import { followCreated } from "../responses/follow.ts";
import { requesterOf } from "../responses/reply.ts";
import { inputIds } from "../responses/wire.ts";
import type { AnswerSchema } from "../tools/grammars.ts";
import { inOrderOfCalls, promptMessage } from "./prompt_messages.ts";
import { type ChatCompletionRequest, NO_CALL, strayResults } from "./schema.ts";

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
  /** The model's own name. */
  readonly model: string;
  /** Its messages are as they were sent: instructions first, then what is new, or all that was said. */
  readonly request: ChatCompletionRequest;
  readonly schema: AnswerSchema;
  readonly sampling: SamplingOptions;
  readonly turn: Pick<
    ResponseTurn,
    "stop" | "maxTokens" | "topLogprobs" | "newAnswer" | "opening"
  >;
  /** What of the request was ignored. */
  readonly ignored: Ignored | undefined;
  /** Milliseconds to wait while something else is being added to the conversation. */
  readonly patience: number;
  readonly watching: Watching;
}

/** What chat completions of a request do in conversations. */
export interface InConversation {
  /** The names of what the answer of a chat completion consists of. */
  ids(completion: string): ReplyIds;
  /** When an earlier attempt at the same request began the answer, milliseconds since the epoch, if one did. */
  createdAt(completion: string): Promise<number | undefined>;
  /** Begins the answer, or follows the one that an earlier attempt at the same request began. */
  begin(asked: ConversationTurn): Promise<AnswerStream<ResponseEvent>>;
}

/** What a request does in conversations. */
export function inConversation(ports: ApiPorts, c: Context<ApiEnv>): InConversation {
  return {
    ids: (completion) => replyIds(responseOf(completion)),
    async createdAt(completion) {
      if (!c.get("claimed")?.again) return undefined;
      const head = await begunBefore(ports, c.get("tenant"), completion);
      return head && head.created * 1000;
    },
    begin: (asked) => beginInConversation(ports, c, asked),
  };
}

/** The response that an earlier attempt at the same request began. */
function begunBefore(
  { responses }: ApiPorts,
  tenant: string,
  completion: string,
): Promise<ResponseHead | undefined> {
  return unless(UnknownResponseError, async () => {
    return headOf(await responses.get(tenant, responseOf(completion), "look"));
  });
}

/**
 * Answers in a conversation: the response is stored, as one of `POST /v1/responses`, and followed.
 *
 * @throws {UnknownConversationError}
 * @throws {ConversationBusyError} if something else is being added to it.
 * @throws {InvalidRequestError} if there is nothing to answer or to continue
 */
async function beginInConversation(
  ports: ApiPorts,
  c: Context<ApiEnv>,
  asked: ConversationTurn,
): Promise<AnswerStream<ResponseEvent>> {
  const { tenant, signal, patience, watching, completion } = asked;
  const requester = { ...requesterOf(c), signal };
  try {
    await makeOnce(c, () => begunBefore(ports, tenant, completion), async () => {
      const prepared = await prepare(ports, asked);
      await createStored(ports, requester, prepared, { patience, ...watching });
      return prepared.head;
    });
  } catch (error) {
    throw error instanceof NothingToAnswerError ? nothingNew() : error;
  }
  return followCreated(ports, requester, responseOf(completion));
}

async function prepare(ports: ApiPorts, asked: ConversationTurn): Promise<PreparedResponse> {
  const { conversations } = ports;
  const { tenant, conversation, completion, created, model, sampling, turn, ignored } = asked;
  const sent = asked.request.messages;
  const first = sent.findIndex(({ role }) => role !== "system");
  // Instructions alone ask for nothing.
  if (first < 0) throw nothingNew();
  const { template } = await ports.models.find(model);
  const format = template.tools;
  const backwards = conversations.backwards(tenant, conversation);
  const messages = await withKnownCalls(
    ports,
    asked,
    await unsaid(
      inOrderOfCalls(sent.slice(first)).map((message) => promptMessage(message, format)),
      backwards,
    ),
  );
  const id = responseOf(completion);
  const request: ResponseHead["request"] = {
    ...asAsked(asked, sent.slice(0, first)),
    model,
    input: [...messages],
  };
  const instructions = systemText(request, format);
  const form = formOf(request, format);
  return {
    head: {
      id,
      created,
      model,
      request,
      sampling,
      ...markedAs(template),
      ...turn.opening?.effort === undefined ? {} : { effort: turn.opening.effort },
      ...ignored?.names.length ? { ignored: ignored.names } : {},
    },
    turn: {
      messages: [...messages],
      itemIds: await inputIds(id, messages),
      ...instructions === undefined ? {} : { instructions },
      ...form === undefined ? {} : { form },
      ...template.thinks ? { thinks: true } : {},
      ...turn.opening === undefined ? {} : { opening: turn.opening },
      model,
      sampling,
      stop: turn.stop,
      maxTokens: turn.maxTokens,
      ...turn.newAnswer ? { newAnswer: true } : {},
      ...turn.topLogprobs === undefined ? {} : { topLogprobs: turn.topLogprobs },
    },
  };
}

/** What a chat completion asks for, in the words of responses. */
function asAsked(
  { conversation, request, schema, turn }: ConversationTurn,
  system: readonly Pick<Message, "text">[],
): Omit<ResponseHead["request"], "model" | "input"> {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = request;
  const named = ({ function: { name } }: { readonly function: { readonly name: string } }) => ({
    type: "function" as const,
    name,
  });
  return {
    conversation,
    stream: request.stream ?? false,
    max_output_tokens: turn.maxTokens,
    ...system.length > 0 ? { instructions: system.map(({ text }) => text).join("\n") } : {},
    ...tools?.length
      ? {
        tools: tools.map((tool) => ({ type: "function" as const, ...tool.function })),
        tool_choice: typeof choice !== "object" || choice === null
          ? choice
          : choice.type === "function"
          ? named(choice)
          : { ...choice, tools: choice.tools.map(named) },
        parallel_tool_calls: parallel,
      }
      : {},
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
}

/**
 * Messages in which results of calls are told from what users say. Results of calls that nobody made here are refused by
 * a strict server, and by others taken for what they say.
 */
async function withKnownCalls(
  { responses, strict }: ApiPorts,
  { tenant, conversation, request: { messages: sent } }: ConversationTurn,
  messages: readonly Message[],
): Promise<readonly Message[]> {
  const results = messages.flatMap(({ tool }) => tool?.type === "result" ? [tool.callId] : []);
  if (results.length === 0) return messages;
  const unknown = new Set(await responses.unknownCalls(tenant, { conversation }, results));
  const stray = strayResults(sent).find(({ callId }) => unknown.has(callId));
  if (strict && stray !== undefined) {
    const param = `messages[${stray.index}].tool_call_id`;
    throw new InvalidRequestError(`Invalid '${param}': ${NO_CALL}.`, param, "invalid_value");
  }
  return messages.map((message) => {
    const { tool, ...said } = message;
    const isKnown = tool !== undefined && !unknown.has(tool.callId);
    return isKnown ? { ...said, tool } : said;
  });
}

function nothingNew(): InvalidRequestError {
  return new InvalidRequestError(
    "Invalid 'messages': there is no message that is new to the conversation, and no answer to continue.",
    "messages",
    "invalid_value",
  );
}

/** The response that a chat completion is in its conversation. */
function responseOf(completion: string): string {
  return `resp_${completion.slice(completion.indexOf("-") + 1)}`;
}
