import { idFor, partIdFor } from "../idempotency/make_once.ts";
import type { Context, Handler } from "hono";
import { z } from "zod";
import type { IngestUnderWay } from "../../ingest/ingester.ts";
import type { IngestStatus } from "../../ingest/ingest_status.ts";
import { INGEST_ROLES } from "../../ingest/ingest.ts";
import { LatestStream } from "../../stream/latest_stream.ts";
import { type SseMessage, SseStream } from "../../stream/sse.ts";
import { refuseOtherTypes } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { InvalidRequestError, isAbortError } from "../errors/errors.ts";
import { toErrorBody, toWireError } from "../errors/to_wire_error.ts";
import { lastEventId, nothingMore, reconnectOf } from "../http/last_event_id.ts";
import { sseReply } from "../http/sse_response.ts";
import { validate } from "../requests/validation.ts";

/** The media type of a text. */
export const TEXT_TYPE = "text/plain";

/**
 * The headers in which a text is sent in several requests.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/
 */
const OFFSET = "upload-offset";
const COMPLETE = "upload-complete";

/** The headers that tell a client how far a text is read. */
export const UPLOAD_HEADERS: readonly string[] = [OFFSET, COMPLETE];

const flag = z.enum(["true", "false"]).transform((value) => value === "true").optional();

/** How a text is sent. */
export const ingestQuery = z.strictObject({
  stream: flag,
  role: z.enum(INGEST_ROLES).optional(),
});

/** How one asks how far a text is. */
export const ingestStatusQuery = z.strictObject({ stream: flag });

type Route = Handler<ApiEnv>;

/** `POST /v1/conversations/{id}/ingest`: a text, or some of it. */
export function ingest(ports: ApiPorts): Route {
  const { ingests, limits, log } = ports;
  return async (c) => {
    const { stream = false, role } = validate(ingestQuery, c.req.query());
    const { raw } = c.req;
    if (stream) requireShort(raw.headers, limits.maxBodyBytes);
    refuseOtherTypes(raw, [TEXT_TYPE, "application/octet-stream", "application/partial-upload"]);
    const of = [c.get("tenant"), c.req.param("id")!] as const;
    const id = idFor(c, ports, "resp_");
    const made = c.get("claimed")?.again ? await ingests.made(...of, id) : undefined;
    if (made !== undefined) return stream ? completedReply(c, ports, made) : statusReply(c, made);
    const progress = stream ? new LatestStream<SseMessage>() : undefined;
    const underWay = await ingests.begin({
      tenant: of[0],
      conversation: of[1],
      id,
      item: await partIdFor(c, ports, "msg_", 0),
      offset: offsetOf(raw.headers),
      complete: completeOf(raw.headers),
      role,
      body: raw.body ?? new Blob([]).stream(),
      onProgress: (status) => progress?.put(eventOf("progress", status)),
    });
    if (progress === undefined) return statusReply(c, await underWay.done);
    progress.put(eventOf("in_progress", underWay.before));
    void tell(underWay.done, progress, (error) => {
      log.error("a text could not be read", { request_id: c.get("requestId"), error });
    });
    return sseReply(c, ports, progress.readable.pipeThrough(new SseStream()));
  };
}

/** Tells of a text that an earlier attempt at the same request has read to its end. */
function completedReply(c: Context<ApiEnv>, ports: ApiPorts, status: IngestStatus): Response {
  const events = new LatestStream<SseMessage>();
  events.end([eventOf(status.status, status), { data: "[DONE]" }]);
  return sseReply(c, ports, events.readable.pipeThrough(new SseStream()));
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
    const { signal } = c.req.raw;
    const events = async function* (): AsyncGenerator<SseMessage> {
      try {
        for await (const status of ingests.follow(...of, signal)) {
          if (idOf(status) === last) continue;
          yield eventOf(status.status === "in_progress" ? "progress" : status.status, status);
        }
      } catch (error) {
        if (isAbortError(error)) return;
        if ((toWireError(error)?.status ?? 0) >= 500) {
          log.error("a text could not be followed", { request_id: c.get("requestId"), error });
        }
        yield errorEvent(error);
      }
      yield { data: "[DONE]" };
    };
    const { retryMs } = reconnectOf(c);
    const body = ReadableStream.from(events()).pipeThrough(new SseStream(retryMs));
    return sseReply(c, ports, body);
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

/** Says what became of a text as the last event. */
async function tell(
  done: IngestUnderWay["done"],
  progress: LatestStream<SseMessage>,
  report: (error: unknown) => void,
): Promise<void> {
  try {
    const status = await done;
    progress.end([eventOf(status.status, status), { data: "[DONE]" }]);
  } catch (error) {
    if ((toWireError(error)?.status ?? 0) >= 500) report(error);
    progress.end([errorEvent(error), { data: "[DONE]" }]);
  }
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
    [OFFSET]: `${status.offset}`,
    [COMPLETE]: status.status === "completed" ? "?1" : "?0",
    "cache-control": "no-store",
  });
}

/** An integer of RFC 9651, at which a text goes on. Absent: at its beginning. */
function offsetOf(headers: Headers): number {
  const value = headers.get(OFFSET) ?? "0";
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidRequestError(
    "Invalid 'Upload-Offset': it must be the number of a byte.",
    "Upload-Offset",
    "invalid_value",
  );
}

/** A boolean of RFC 9651: whether the text ends with this body. Absent: it does. */
function completeOf(headers: Headers): boolean {
  const value = headers.get(COMPLETE) ?? "?1";
  if (value === "?1" || value === "?0") return value === "?1";
  throw new InvalidRequestError(
    "Invalid 'Upload-Complete': it must be ?1, or ?0 if more of the text is to come in another request.",
    "Upload-Complete",
    "invalid_value",
  );
}
