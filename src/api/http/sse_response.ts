import type { Context } from "hono";
import { withHeartbeat } from "../../stream/heartbeat.ts";
import { type SseMessage, SseStream } from "../../stream/sse.ts";
import type { ApiEnv, ApiPorts, RequestOutcome } from "./context.ts";
import { isAbortError } from "../errors/errors.ts";
import { toWireError } from "../errors/to_wire_error.ts";
import {
  type AnyTurnEvent,
  type Outcome,
  type TurnConclusion,
  turnOutcomes,
} from "../answers/turn_outcome.ts";

/** The headers of every stream of server-sent events. */
export const SSE_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // Reverse proxies collect a reply to send it in larger pieces. This is how nginx and others are told not to.
  "x-accel-buffering": "no",
};

/**
 * A reply of server-sent events, with comments where nothing comes for long.
 *
 * @param events each chunk is one event
 */
export function sseReply(
  c: Context<ApiEnv>,
  { limits }: Pick<ApiPorts, "limits">,
  events: ReadableStream<Uint8Array<ArrayBuffer>>,
): Response {
  return c.body(withHeartbeat(events, limits.heartbeatMs), 200, SSE_HEADERS);
}

/** What {@linkcode sseResponse} needs. */
export interface SseResponseOptions<E extends AnyTurnEvent> {
  /** What comes of the turn, from its own stream. */
  readonly events: ReadableStream<E>;
  /** The format that the client gets it in. */
  readonly wire: ReadableWritablePair<SseMessage, Outcome<E>>;
  /** Called if the client stops reading before the end. */
  readonly onCancel: () => void;
}

function toRequestOutcome(conclusion: TurnConclusion): RequestOutcome {
  switch (conclusion.type) {
    case "end":
      return { end: "completed", usage: conclusion.usage };
    case "error":
      return { end: isAbortError(conclusion.error) ? "cancelled" : "failed" };
    case "cancelled":
      return { end: "cancelled" };
  }
}

/**
 * Streams a turn to the client as server-sent events. A client that reads slowly slows the turn down; one that leaves
 * ends it.
 */
export function sseResponse<E extends AnyTurnEvent>(
  c: Context<ApiEnv>,
  ports: Pick<ApiPorts, "limits" | "log">,
  { events, wire, onCancel }: SseResponseOptions<E>,
): Response {
  const { promise, resolve } = Promise.withResolvers<RequestOutcome>();
  c.set("outcome", promise);
  const outcomes = turnOutcomes(events, (conclusion) => {
    resolve(toRequestOutcome(conclusion));
    if (conclusion.type === "cancelled") onCancel();
    if (conclusion.type === "error" && (toWireError(conclusion.error)?.status ?? 0) >= 500) {
      ports.log.error("stream failed", { request_id: c.get("requestId"), error: conclusion.error });
    }
  });
  return sseReply(c, ports, outcomes.pipeThrough(wire).pipeThrough(new SseStream()));
}
