import { besideId } from "../../records/home.ts";
import type { Message } from "../../prompt/message.ts";
import type { AskedOpening, Effort } from "../../prompt/thinking.ts";
import { openingCall } from "../../prompt/tools.ts";
import { UnknownResponseError } from "../../records/errors.ts";
import { isResponseId } from "../../records/ids.ts";
import { replyItems } from "../../response/answer_items.ts";
import type { ResponseTurn } from "../../response/stored_response.ts";
import type { AnswerStream } from "../../stream/answer_stream.ts";
import { beginsCall, canContinue, grammarFrom } from "../../turn/prefill.ts";
import type { ChatService, TurnEvent, TurnRequest } from "../../turn/turn.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import type { ApiPorts } from "../http/context.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { answerLimit, samplingOptions } from "../requests/sampling.ts";
import { thinkingOf } from "../requests/thinking.ts";
import {
  type Asked,
  type AskedFor,
  formOf,
  markedAs,
  type ResponseHead,
  systemText,
  toolRequest,
  topLogprobs,
} from "./asked.ts";
import type { Requester } from "./follow.ts";
import { grammarOf } from "./grammar_of.ts";
import { STATE_CONTENT } from "./include.ts";
import type { InputItem } from "./items.ts";
import { modelFor } from "./model_for.ts";
import { requireCalls } from "./require_calls.ts";
import { resolveInput } from "./resolve_input.ts";
import { inputIds, toSeconds } from "./wire.ts";

/** A response that can be made: all that was asked for is understood. */
export interface PreparedResponse {
  readonly head: ResponseHead;
  readonly turn: ResponseTurn;
  /** The response to continue. */
  readonly previous?: string;
  /** The state to go on from, as its client kept it. */
  readonly sealed?: string;
}

/** Options of {@linkcode prepareResponse}. */
export interface Preparing {
  /** What the response is to be called. Absent: as no other. */
  readonly id?: string | undefined;
  readonly readOnly?: ResponseHead["readOnly"];
  /** What was said before it, where that is not stored. */
  readonly kept?: readonly Message[] | "unknown" | undefined;
  /** What was noted while the request was understood. */
  readonly notes?: RequestNotes | undefined;
}

/**
 * How the answer begins: with thoughts, or a call.
 *
 * @param continues whether it goes on with a message
 */
export function openingOf(
  { chat, strict }: Pick<ApiPorts, "strict"> & {
    readonly chat: Pick<ChatService, "effort" | "template">;
  },
  request: Asked & Pick<AskedFor, "reasoning" | "thinking">,
  notes: RequestNotes | undefined,
  continues = false,
): AskedOpening | undefined {
  const { reasoning, thinking } = request;
  const asked = thinkingOf(
    chat,
    { effort: reasoning?.effort, thinking },
    { param: "reasoning", continues, strict, notes },
  );
  const opening = { ...asked, ...openingCall(toolRequest(request), chat.template.tools) };
  return Object.keys(opening).length > 0 ? opening : undefined;
}

/** The effort in use, in OpenAI's words where the request has one. */
function toldEffort({ reasoning }: Pick<AskedFor, "reasoning">, effort: Effort): string {
  // OpenAI has no word for as much as the model likes.
  return reasoning?.effort ?? (effort === "any" ? "medium" : effort);
}

/**
 * Understands a request for a response: looks up what it refers to, and compiles what the answer is held to.
 *
 * @throws {ApiError} if something of it cannot be
 */
export async function prepareResponse(
  ports: ApiPorts,
  tenant: string,
  request: AskedFor & { readonly input?: string | readonly InputItem[] | null | undefined },
  { id, readOnly, kept, notes }: Preparing = {},
): Promise<PreparedResponse> {
  const { clock, grammars, models, newId, responses, strict } = ports;
  const chat = await models.find(await modelFor(responses, tenant, request));
  const { template } = chat;
  const { tools: format } = template;
  // Compiled again where the response is made, which is from what is kept here.
  const unenforced = (await grammarOf(grammars, tenant, request, format, strict))?.unenforced ?? [];
  for (const keyword of unenforced) notes?.ignored.add(keyword);
  const { messages, places, compaction, sealed } = await resolveInput(
    responses,
    tenant,
    request.input ?? [],
    { answered: !readOnly, format },
  );
  // What a sealed state has read is not known, nor what was said in a socket beyond what it keeps.
  if (sealed === undefined && kept !== "unknown") {
    await requireCalls(
      responses,
      tenant,
      messages,
      {
        previous: kept ? undefined : request.previous_response_id ?? compaction,
        conversation: request.conversation ?? undefined,
      },
      (index) => `input[${places[index]}].call_id`,
      kept,
    );
  }
  const form = formOf(request, format);
  const last = messages.at(-1);
  if (!readOnly && form?.type === "calls" && canContinue(last) && beginsCall(last.text, format)) {
    const param = `input[${places.at(-1)}]`;
    throw new InvalidRequestError(
      `Invalid '${param}': a call that has begun cannot be continued.`,
      param,
      "invalid_value",
    );
  }
  const continues = canContinue(last) && request.continue_final_message !== false;
  const opening = openingOf({ chat, strict }, request, notes, continues);
  const ignored = notes?.ignored;
  const sampling = samplingOptions(request, chat.defaults);
  const head: ResponseHead = {
    id: id ?? besideId(newId("resp_"), request.conversation ?? request.previous_response_id ?? ""),
    created: toSeconds(clock.now()),
    model: chat.model,
    request: { ...request, input: messages },
    sampling,
    ...markedAs(template),
    ...(opening?.effort === undefined ? {} : { effort: toldEffort(request, opening.effort) }),
    ...(readOnly ? { readOnly } : {}),
    ...(ignored?.names.length ? { ignored: ignored.names } : {}),
    ...(request.include?.includes(STATE_CONTENT) ? { stateId: newId("state_") } : {}),
  };
  const instructions = systemText(request, format);
  const top = topLogprobs(request);
  const turn: ResponseTurn = {
    messages,
    itemIds: await inputIds(head.id, messages),
    ...(instructions === undefined ? {} : { instructions }),
    ...(form === undefined ? {} : { form }),
    ...(template.thinks ? { thinks: true } : {}),
    ...(opening === undefined ? {} : { opening }),
    ...(top === undefined ? {} : { topLogprobs: top }),
    ...(readOnly ? { readOnly: true } : {}),
    ...(request.continue_final_message === false ? { newAnswer: true } : {}),
    model: chat.model,
    sampling,
    stop: request.stop ?? [],
    maxTokens: answerLimit(request, chat.defaults),
  };
  const previous = request.previous_response_id ?? compaction;
  return {
    head,
    turn,
    ...(previous === undefined ? {} : { previous }),
    ...(sealed === undefined ? {} : { sealed }),
  };
}

/** How a response waits that cannot begin at once. */
export interface Waiting {
  /** Milliseconds to wait for the conversation, if something else is being added to it. */
  readonly patience?: number;
  /** Called if it has to wait, for that or for a place among the turns that run. */
  readonly onWait?: () => void;
  /** Told, now and then, how much of the prompt has been read. */
  readonly onProgress?: TurnRequest["onProgress"];
}

/** Begins a response that is stored. When it resolves, the response is made whatever happens. */
export async function createStored(
  { responses }: ApiPorts,
  { tenant, signal, findable = false }: Requester,
  { head, turn, previous }: PreparedResponse,
  waiting: Waiting = {},
): Promise<void> {
  const { id, request: { background, stream, conversation } } = head;
  await responses.create({
    tenant,
    id,
    card: head,
    turn,
    mode: background ? "background" : stream ? "stream" : "whole",
    findable,
    ...(previous ? { previous } : {}),
    ...(conversation ? { conversation } : {}),
    ...waiting,
  }, signal);
}

/** What a turn that is not stored may go on from, and leave behind, in memory; and what is to be known of it. */
export type Keeping = Pick<TurnRequest, "kept" | "onKept" | "onWait" | "onProgress">;

/** Begins a response that is not stored. */
export async function beginUnstored(
  ports: ApiPorts,
  requester: Requester,
  { head, turn: { form, thinks: _, model, ...turn }, previous, sealed }: PreparedResponse,
  keeping: Keeping = {},
): Promise<AnswerStream<TurnEvent>> {
  const { tenant } = requester;
  if (previous !== undefined && !isResponseId(previous)) throw new UnknownResponseError(previous);
  const origin = previous === undefined
    ? { items: [] }
    : await ports.responses.origin(tenant, previous, requester.signal);
  const before = origin.items.map(({ message }) => message);
  const chat = await ports.models.find(model);
  const { tools: format } = chat.template;
  const grammar = (await grammarOf(ports.grammars, tenant, head.request, format))?.grammar;
  const begun = await chat.begin({
    ...turn,
    messages: [...before, ...turn.messages],
    ...(grammar === undefined ? {} : { grammar, grammarFrom: grammarFrom(form) }),
    ...(origin.previous === undefined ? {} : { previous: origin.previous }),
    ...(sealed === undefined ? {} : { sealed }),
    ...(head.stateId === undefined ? {} : { sealAs: head.id }),
    ...keeping,
    toReply: (answer) => replyItems(head.id, form, answer),
    ephemeral: true,
    tenant,
    signal: requester.signal,
  });
  return begun.events;
}
