import type { Context } from "hono";
import type { ResponseEvent } from "../../chat/stored_response.ts";
import { SseStream } from "../../stream/sse.ts";
import type { ApiEnv, ApiPorts, RequestOutcome } from "../context.ts";
import { ApiError, toErrorBody, toWireError } from "../errors.ts";
import { SSE_HEADERS } from "../sse_response.ts";
import { type EventOptions, responseEvents, type ResponseOutcome } from "./events.ts";
import { failureOf, progressOf, type ResponseHead, responseObject } from "./wire.ts";

/** How a stored response is sent. */
export interface FollowOptions extends EventOptions {
  /** Called if the client leaves before the end. */
  readonly onLeave?: () => Promise<void>;
}

/** Streams a stored response to a client: what there is of it, and then what comes. */
export function followResponse(
  c: Context<ApiEnv>,
  { responses, log }: ApiPorts,
  head: ResponseHead,
  { onLeave, ...options }: FollowOptions = {},
): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, gone.signal]);
  const events = responses.follow(c.get("tenant"), head.id, signal);
  const { promise, resolve } = Promise.withResolvers<RequestOutcome>();
  c.set("outcome", promise);
  let over = false;
  const conclude = (outcome: RequestOutcome): void => {
    if (over) return;
    over = true;
    resolve(outcome);
    if (outcome.end !== "cancelled") return;
    // This reader must be gone, or it would count as one who still wants the response.
    events.return(undefined).catch(() => {}).then(onLeave).catch((error) => {
      log.error("a response could not be left", { request_id: c.get("requestId"), error });
    });
  };
  const outcomes = new ReadableStream<ResponseOutcome>({
    async pull(controller) {
      try {
        const { done, value } = await events.next();
        if (done) return controller.close();
        if (value.type !== "text") conclude(toRequestOutcome(value));
        controller.enqueue(value);
      } catch (error) {
        if (signal.aborted) {
          conclude({ end: "cancelled" });
          return controller.error(error);
        }
        conclude({ end: "failed" });
        if ((toWireError(error)?.status ?? 0) >= 500) {
          log.error("stream failed", { request_id: c.get("requestId"), error });
        }
        controller.enqueue({ type: "broken", error: toErrorBody(error) });
        controller.close();
      }
    },
    cancel(reason) {
      gone.abort(reason);
      conclude({ end: "cancelled" });
    },
  }, { highWaterMark: 0 });
  const body = outcomes.pipeThrough(responseEvents(head, options)).pipeThrough(new SseStream());
  return c.body(body, 200, SSE_HEADERS);
}

/**
 * Waits for a stored response to end, and replies with the whole of it.
 *
 * @throws {ApiError} if it failed
 * @throws the signal's reason if the client leaves
 */
export async function wholeResponse(
  c: Context<ApiEnv>,
  { responses }: ApiPorts,
  head: ResponseHead,
): Promise<Response> {
  const { signal } = c.req.raw;
  const tenant = c.get("tenant");
  let text = "";
  try {
    for await (const event of responses.follow(tenant, head.id, signal)) {
      if (event.type === "text") {
        text += event.text;
        continue;
      }
      c.set("outcome", toRequestOutcome(event));
      if (event.type === "failed") throw new FailedResponseError(failureOf(event));
      return c.json(responseObject(head, progressOf(head, text, event, true)));
    }
  } catch (error) {
    if (signal.aborted) await responses.left(tenant, head.id);
    throw error;
  }
  throw new Error(`The response ${head.id} stopped without an end`);
}

/** The making of a response failed, in a way that was kept with it. */
class FailedResponseError extends ApiError {
  override readonly name = "FailedResponseError";

  constructor(body: ReturnType<typeof failureOf>) {
    super(STATUS[body.type], body.message, body);
  }
}

const STATUS = { invalid_request_error: 400, too_many_requests: 429, server_error: 500 } as const;

function toRequestOutcome(event: Exclude<ResponseEvent, { type: "text" }>): RequestOutcome {
  switch (event.type) {
    case "end":
      return { end: "completed", usage: event.usage };
    case "failed":
      return { end: "failed" };
    case "cancelled":
      return { end: "completed" };
  }
}
