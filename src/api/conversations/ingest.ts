import type { Context, Handler } from "hono";
import { z } from "zod";
import { INGEST_ROLES, type IngestStatus } from "../../ingest/ingest.ts";
import type { IngestUnderWay } from "../../ingest/ingester.ts";
import { Latest } from "../../stream/latest.ts";
import type { SseMessage } from "../../stream/sse.ts";
import { eventSource, listedEvents } from "../../stream/sse_body.ts";
import { InvalidRequestError, isAbortError } from "../errors/errors.ts";
import { logFailure } from "../errors/log_failure.ts";
import { toErrorBody } from "../errors/to_wire_error.ts";
import { refuseOtherTypes } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { lastEventId, nothingMore, reconnectOf } from "../http/last_event_id.ts";
import { sseReply } from "../http/sse_response.ts";
import { idFor, partIdFor } from "../idempotency/make_once.ts";
import { validate } from "../requests/validation.ts";
import { TEXT_TYPE, UPLOAD_COMPLETE, UPLOAD_OFFSET } from "./uploads.ts";

const flag = z.enum(["true", "false"]).transform((value) => value === "true").optional();

/** How a text is sent. */
export const ingestQuery = z.strictObject({
  stream: flag,
  role: z.enum(INGEST_ROLES).optional(),
  model: z.string().optional()
    .describe("What reads the text. Without it, the model of what it is added to."),
});

/** How one asks how far a text is. */
export const ingestStatusQuery = z.strictObject({ stream: flag });

type Route = Handler<ApiEnv>;

const DONE: SseMessage = { data: "[DONE]" };

/** `POST /v1/conversations/{id}/ingest`: a text, or some of it. */
export function ingest(ports: ApiPorts): Route {
  const { ingests, limits, log, responses } = ports;
  return async (c) => {
    const { stream = false, role, model } = validate(ingestQuery, c.req.query());
    const { raw } = c.req;
    if (stream) requireShort(raw.headers, limits.maxBodyBytes);
    refuseOtherTypes(raw, [TEXT_TYPE, "application/octet-stream", "application/partial-upload"]);
    const of = [c.get("tenant"), c.req.param("id")!] as const;
    const id = idFor(c, ports, "resp_", of[1]);
    const made = c.get("claimed")?.again ? await ingests.made(...of, id) : undefined;
    if (made !== undefined) return stream ? completedReply(c, ports, made) : statusReply(c, made);
    const progress = stream ? new Latest<IngestStatus>() : undefined;
    const underWay = await ingests.begin({
      tenant: of[0],
      conversation: of[1],
      id,
      item: await partIdFor(c, ports, "msg_", 0),
      offset: offsetOf(raw.headers),
      complete: completeOf(raw.headers),
      role,
      model: model ?? await ingests.modelOf(...of) ??
        await responses.modelOf(of[0], { conversation: of[1] }),
      body: raw.body ?? new Blob([]).stream(),
      onProgress: (status) => progress?.put(status),
    });
    if (progress === undefined) return statusReply(c, await underWay.done);
    underWay.done.catch(() => {}); // whoever reads is told
    const report = (error: unknown) =>
      logFailure(log, "a text could not be read", c.get("requestId"), error);
    return sseReply(c, ports, eventSource(statusEvents(underWay, progress, report)));
  };
}

/** Tells of a text that an earlier attempt at the same request has read to its end. */
function completedReply(c: Context<ApiEnv>, ports: ApiPorts, status: IngestStatus): Response {
  return sseReply(c, ports, listedEvents([eventOf(status.status, status), DONE]));
}

/** `GET /v1/conversations/{id}/ingest`, and `HEAD`: how far it is read, and as a stream, how far it gets. */
export function ingestStatus(ports: ApiPorts): Route {
  const { ingests, log } = ports;
  return async (c) => {
    const { stream = false } = validate(ingestStatusQuery, c.req.query());
    const of = [c.get("tenant"), c.req.param("id")!] as const;
    const status = await ingests.status(...of);
    if (!stream || c.req.raw.method === "HEAD") return statusReply(c, status);
    // A reader that comes back has all up to that state.
    const last = lastEventId(c);
    if (status.status !== "in_progress" && idOf(status) === last) return nothingMore();
    const left = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, left.signal]);
    const report = (error: unknown) =>
      logFailure(log, "a text could not be followed", c.get("requestId"), error);
    const followed = followEvents(ingests.follow(...of, signal), last, report);
    const { retryMs } = reconnectOf(c);
    return sseReply(c, ports, eventSource(followed, { retryMs, left }));
  };
}

/**
 * Refuses a text that is too long, or may be, for a reply that begins before the text ends. Deno from 2.8.3 on reads
 * whatever is sent into memory once a reply has begun, however slowly it is taken from there.
 */
function requireShort(headers: Headers, limit: number): void {
  const length = headers.get("content-length");
  if (length !== null && Number(length) <= limit) return;
  throw new InvalidRequestError(
    `With 'stream' a text has to say its Content-Length, and ${limit} bytes are the most. Send it without, and follow it with GET and 'stream'.`,
    "stream",
    "invalid_value",
  );
}

/** `DELETE /v1/conversations/{id}/ingest`: forgets a text that is not complete. */
export function cancelIngest({ ingests }: ApiPorts): Route {
  return async (c) => {
    const id = c.req.param("id")!;
    await ingests.cancel(c.get("tenant"), id);
    return c.json({ id, object: "conversation.ingest.deleted", deleted: true });
  };
}

/** How far a text gets, as it is read. */
async function* statusEvents(
  { before, done }: Pick<IngestUnderWay, "before" | "done">,
  progress: Latest<IngestStatus>,
  report: (error: unknown) => void,
): AsyncGenerator<SseMessage> {
  yield eventOf("in_progress", before);
  try {
    for (;;) {
      const end = await Promise.race([progress.changed, done]);
      const status = progress.take();
      if (status !== undefined) yield eventOf("progress", status);
      if (end === undefined) continue;
      yield eventOf(end.status, end);
      break;
    }
  } catch (error) {
    report(error);
    yield errorEvent(error);
  }
  yield DONE;
}

/** How far a text gets, for a reader that has the event of this id. */
async function* followEvents(
  statuses: AsyncIterable<IngestStatus>,
  last: string | undefined,
  report: (error: unknown) => void,
): AsyncGenerator<SseMessage> {
  try {
    for await (const status of statuses) {
      if (idOf(status) === last) continue;
      yield eventOf(status.status === "in_progress" ? "progress" : status.status, status);
    }
  } catch (error) {
    if (isAbortError(error)) return;
    report(error);
    yield errorEvent(error);
  }
  yield DONE;
}

function errorEvent(error: unknown): SseMessage {
  const body = toErrorBody(error);
  return { event: "error", data: JSON.stringify({ ...body, type: "error", error: body }) };
}

function eventOf(name: string, status: IngestStatus): SseMessage {
  const type = `conversation.ingest.${name}`;
  return { event: type, id: idOf(status), data: JSON.stringify({ type, ...ingestObject(status) }) };
}

/** Names the event that tells how far a text is. */
function idOf({ status, offset }: IngestStatus): string {
  return `${status}:${offset}`;
}

/** How far a text is read, as the API says it. There is nothing of the kind in OpenAI's. */
function ingestObject({ conversation, status, offset, tokens, completed }: IngestStatus) {
  return {
    id: conversation,
    object: "conversation.ingest",
    status,
    offset,
    tokens,
    ...completed === undefined ? {} : {
      sha256: completed.text.sha256,
      item_id: completed.item,
      response_id: completed.response,
    },
  };
}

function statusReply(c: Context<ApiEnv>, status: IngestStatus): Response {
  return c.json(ingestObject(status), 200, {
    [UPLOAD_OFFSET]: `${status.offset}`,
    [UPLOAD_COMPLETE]: status.status === "completed" ? "?1" : "?0",
    "cache-control": "no-store",
  });
}

/** An integer of RFC 9651, at which a text goes on. Absent: at its beginning. */
function offsetOf(headers: Headers): number {
  const value = headers.get(UPLOAD_OFFSET) ?? "0";
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidRequestError(
    "Invalid 'Upload-Offset': it must be the number of a byte.",
    "Upload-Offset",
    "invalid_value",
  );
}

/** A boolean of RFC 9651: whether the text ends with this body. Absent: it does. */
function completeOf(headers: Headers): boolean {
  const value = headers.get(UPLOAD_COMPLETE) ?? "?1";
  if (value === "?1" || value === "?0") return value === "?1";
  throw new InvalidRequestError(
    "Invalid 'Upload-Complete': it must be ?1, or ?0 if more of the text is to come in another request.",
    "Upload-Complete",
    "invalid_value",
  );
}
