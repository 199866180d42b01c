import type { Context } from "hono";
import type { PromptProgress } from "../../turn/prompt_progress.ts";
import type { ResponseText } from "../../response/stored_response.ts";
import { interleave } from "../../stream/interleave.ts";
import { lateStream } from "../../stream/late_stream.ts";
import { LatestStream } from "../../stream/latest_stream.ts";
import { SseStream } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { ApiError } from "../errors/errors.ts";
import { sseReply } from "../http/sse_response.ts";
import { unlessWaiting } from "../answers/unless_waiting.ts";
import type { Watching } from "../answers/choices.ts";
import { type EventOptions, responseEvents, type ResponseOutcome } from "./events.ts";
import { type Following, followLate, type Requester } from "./follow.ts";
import { failureOf, progressOf, responseObject } from "./wire.ts";
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

/** Streams what comes of a response. */
export function streamReply(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  head: ResponseHead,
  { outcomes, concluded }: Following,
  { retryMs, ...options }: StreamOptions = {},
): Response {
  c.set("outcome", concluded);
  const events = outcomes.pipeThrough(responseEvents(head, ports.chat.tokenizer, options));
  return sseReply(c, ports, events.pipeThrough(new SseStream(retryMs)));
}

/**
 * Begins a response, and streams what comes of it. If it has to wait, the reply begins all the same; what is wrong with it
 * then is told as an event. No event of the response comes before it has begun: one that is stored is durable by then.
 *
 * @param begin calls `onWait` if it has to wait, and `onProgress` as its prompt is read
 * @throws what `begin` throws before that
 */
export async function streamBegun(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  head: ResponseHead,
  begin: (requester: Requester, watching: Watching) => Promise<Following>,
): Promise<Response> {
  const left = new AbortController();
  const { signal, ...requester } = requesterOf(c);
  const leaving = { ...requester, signal: AbortSignal.any([signal, left.signal]) };
  const read = new LatestStream<PromptProgress>();
  const tells = head.request.return_progress ?? false;
  const onProgress = (progress: PromptProgress) => read.put(progress);
  const { begun } = await unlessWaiting((onWait) =>
    begin(leaving, { onWait, ...tells ? { onProgress } : {} })
  );
  const { outcomes, concluded } = followLate(ports, leaving, begun);
  c.set("outcome", concluded);
  const events = outcomes.then((outcomes) =>
    (tells ? interleave<ResponseOutcome, ResponseOutcome>(outcomes, read.readable) : outcomes)
      .pipeThrough(responseEvents(head, ports.chat.tokenizer))
      .pipeThrough(new SseStream())
  );
  return sseReply(c, ports, lateStream(events, () => left.abort()));
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
        case "progress":
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
