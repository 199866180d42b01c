import type { Context } from "hono";
import { sseBody, type SseSource } from "../../stream/sse_body.ts";
import { AnswerEvents, type AnyEvent, type StreamedAnswer } from "../answers/answer_events.ts";
import { outcomeOf } from "../answers/outcome_of.ts";
import type { ApiEnv, ApiPorts } from "./context.ts";

/** The headers of every stream of server-sent events. */
const SSE_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // Reverse proxies collect a reply to send it in larger pieces. This is how nginx and others are told not to.
  "x-accel-buffering": "no",
};

/** A reply of server-sent events, with comments where nothing comes for long. */
export function sseReply(
  c: Context<ApiEnv>,
  { limits }: Pick<ApiPorts, "limits">,
  source: SseSource,
): Response {
  return c.body(sseBody(source, limits.heartbeatMs), 200, SSE_HEADERS);
}

/**
 * Streams an answer to the client. A client that reads slowly slows the answer down; one that leaves ends it.
 */
export function answerReply<E extends AnyEvent>(
  c: Context<ApiEnv>,
  ports: Pick<ApiPorts, "limits" | "log">,
  answer: StreamedAnswer<E>,
): Response {
  const signal = AbortSignal.any([c.req.raw.signal, answer.left.signal]);
  c.set("outcome", outcomeOf(answer.begun, { ...ports, requestId: c.get("requestId"), signal }));
  return sseReply(c, ports, new AnswerEvents(answer));
}
