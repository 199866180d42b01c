import type { Context } from "hono";
import type { ResponseText } from "../../chat/stored_response.ts";
import { SseStream } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { ApiEnv } from "../context.ts";
import { ApiError } from "../errors.ts";
import { SSE_HEADERS } from "../sse_response.ts";
import { type EventOptions, responseEvents } from "./events.ts";
import type { Following, Requester } from "./follow.ts";
import { failureOf, progressOf, type ResponseHead, responseObject } from "./wire.ts";

/** Whose request a context is of. */
export function requesterOf(c: Context<ApiEnv>): Requester {
  return { tenant: c.get("tenant"), requestId: c.get("requestId"), signal: c.req.raw.signal };
}

/** Streams what comes of a response. */
export function streamReply(
  c: Context<ApiEnv>,
  tokenizer: Tokenizer,
  head: ResponseHead,
  { outcomes, concluded }: Following,
  options: EventOptions = {},
): Response {
  c.set("outcome", concluded);
  const body = outcomes.pipeThrough(responseEvents(head, tokenizer, options))
    .pipeThrough(new SseStream());
  return c.body(body, 200, SSE_HEADERS);
}

/**
 * Waits for a response to end, and gives the whole of it.
 *
 * @throws {ApiError} if it failed
 * @throws the signal's reason if the client leaves
 */
export async function wholeResponse(
  tokenizer: Tokenizer,
  head: ResponseHead,
  { outcomes, concluded }: Following,
): Promise<ReturnType<typeof responseObject>> {
  const pieces: ResponseText[] = [];
  try {
    for await (const outcome of outcomes) {
      switch (outcome.type) {
        case "text":
          pieces.push(outcome);
          continue;
        case "broken":
          throw outcome.cause;
        case "failed":
          throw new FailedResponseError(failureOf(outcome));
      }
      const progress = progressOf(head, tokenizer, { pieces, end: outcome, begun: true });
      return responseObject(head, progress);
    }
  } catch (error) {
    await concluded;
    throw error;
  }
  throw new Error(`The response ${head.id} stopped without an end`);
}

/** The making of a response failed, in a way that was kept with it. */
export class FailedResponseError extends ApiError {
  override readonly name = "FailedResponseError";

  constructor(body: ReturnType<typeof failureOf>) {
    super(STATUS[body.type], body.message, body);
  }
}

const STATUS = { invalid_request_error: 400, too_many_requests: 429, server_error: 500 } as const;
