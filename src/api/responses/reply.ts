import type { Context } from "hono";
import type { Piece } from "../../engine/generate.ts";
import type { ResponseEvent } from "../../response/stored_response.ts";
import { type AnswerStream, UnfinishedStreamError } from "../../stream/answer_stream.ts";
import { Latest } from "../../stream/latest.ts";
import type { PromptProgress } from "../../turn/prompt_progress.ts";
import type { Watching } from "../answers/choices.ts";
import { outcomeOf } from "../answers/outcome_of.ts";
import { unlessWaiting } from "../answers/unless_waiting.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { answerReply } from "../http/sse_response.ts";
import { type AnyResponseEvent, type EventOptions, responseEvents } from "./events.ts";
import type { Requester } from "./follow.ts";
import { FailedResponseError } from "./stored_failure.ts";
import { progressOf, responseObject } from "./wire.ts";
import type { ResponseHead } from "./asked.ts";

/** Whose request a context is of. */
export function requesterOf(c: Context<ApiEnv>): Requester {
  return {
    tenant: c.get("tenant"),
    requestId: c.get("requestId"),
    signal: c.req.raw.signal,
    findable: c.get("claimed") !== undefined,
  };
}

/** How the events of a response are sent. */
export interface StreamOptions extends EventOptions {
  /** Milliseconds after which a reader that was cut off is to come back, if it is told. */
  readonly retryMs?: number;
}

/** Streams the events of a stored response. */
export async function streamReply(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  head: ResponseHead,
  begun: AnswerStream<ResponseEvent>,
  { retryMs, ...options }: StreamOptions = {},
): Promise<Response> {
  const { clock, models } = ports;
  const tokenizer = await models.tokenizer(head.model);
  const writer = responseEvents(head, tokenizer, clock.now, { ...options, stored: true });
  return answerReply(c, ports, { begun, writer, left: new AbortController(), retryMs });
}

/**
 * Begins a response, and streams its events. If it has to wait, the reply begins all the same; what is wrong with it
 * then is told as an event. No event of the response comes before it has begun: one that is stored is durable by then.
 *
 * @param begin calls `onWait` if it has to wait, and `onProgress` as its prompt is read
 * @throws what `begin` throws before that
 */
export async function streamBegun(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  head: ResponseHead,
  begin: (
    requester: Requester,
    watching: Watching,
  ) => Promise<AnswerStream<AnyResponseEvent>>,
): Promise<Response> {
  const { clock, models } = ports;
  const tokenizer = await models.tokenizer(head.model);
  const { request: { return_progress = false, store } } = head;
  const left = new AbortController();
  const { signal, ...requester } = requesterOf(c);
  const leaving = { ...requester, signal: AbortSignal.any([signal, left.signal]) };
  const progress = return_progress ? new Latest<PromptProgress>() : undefined;
  const onProgress = progress && ((read: PromptProgress) => progress.put(read));
  const { begun } = await unlessWaiting((onWait) =>
    begin(leaving, { onWait, ...onProgress ? { onProgress } : {} })
  );
  const writer = responseEvents(head, tokenizer, clock.now, { stored: store ?? true });
  return answerReply<AnyResponseEvent>(c, ports, { begun, left, progress, writer });
}

/**
 * Waits for a response to end, and gives the whole of it.
 *
 * @throws {FailedResponseError} if it is stored, and failed
 * @throws what made it fail if it is not stored; the signal's reason if the client leaves
 */
export async function wholeResponse(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  head: ResponseHead,
  events: AnswerStream<AnyResponseEvent>,
): Promise<ReturnType<typeof responseObject>> {
  const { clock, models } = ports;
  c.set("outcome", outcomeOf(events, requesterOf(c)));
  const pieces: Piece[] = [];
  const tokenizer = await models.tokenizer(head.model);
  for await (const event of events) {
    if (event.type === "text") {
      pieces.push(event);
      continue;
    }
    if (event.type === "failed") throw new FailedResponseError(event);
    const end = event.type === "end" ? { at: clock.now(), ...event } : event;
    return responseObject(head, progressOf(head, tokenizer, { pieces, end, begun: true }));
  }
  throw new UnfinishedStreamError();
}
