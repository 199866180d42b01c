import type { Context } from "hono";
import type { ChatService, TurnRequest } from "../chat/turn.ts";
import type { SseMessage } from "../stream/sse.ts";
import type { ApiEnv, ApiPorts } from "./context.ts";
import { UnknownModelError } from "./errors.ts";
import { sseResponse } from "./sse_response.ts";
import { type Answer, collectAnswer, type TurnOutcome } from "./turn_outcome.ts";

/** A format that a turn's answer can be sent in: whole or in events. */
export interface AnswerFormat {
  /** The body of the reply to a request that does not stream. */
  whole(answer: Answer): object;
  /** The stages from what comes of the turn to the events of a reply that streams. */
  events(): ReadableWritablePair<SseMessage, TurnOutcome>;
}

/**
 * Starts a turn for a request and replies with its answer. The turn ends when the client leaves.
 *
 * @param c The request's context.
 * @param ports Gives the service and the log.
 * @param request What is asked of the turn, less the tenant and the signal.
 * @param stream Whether to reply in events.
 * @param format How the answer is written.
 */
export async function runTurn(
  c: Context<ApiEnv>,
  { chat, log }: ApiPorts,
  request: Omit<TurnRequest, "tenant" | "signal">,
  stream: boolean,
  format: AnswerFormat,
): Promise<Response> {
  const left = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, left.signal]);
  const { events } = await chat.begin({ ...request, tenant: c.get("tenant"), signal });
  if (stream) {
    return sseResponse(c, { events, wire: format.events(), onCancel: () => left.abort(), log });
  }
  const answer = await collectAnswer(events);
  c.set("outcome", { end: "completed", usage: answer.usage });
  return c.json(format.whole(answer));
}

/** @throws {UnknownModelError} if a request names another model than the one served. */
export function requireServed(chat: ChatService, model: string): void {
  if (model !== chat.model) throw new UnknownModelError(model, chat.model);
}
