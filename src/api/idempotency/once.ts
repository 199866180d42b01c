import { toWireError } from "../errors/to_wire_error.ts";
import { FailedResponseError } from "../responses/stored_failure.ts";
import type { Context, Handler, Next } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { sha256, toText } from "../../records/digest.ts";
import { LeaseLostError, UnknownResponseError } from "../../records/errors.ts";
import { keepLease } from "../../records/keep_lease.ts";
import type { Claim, FoundRequest } from "../../response/idempotency_store.ts";
import { sleep } from "../../stream/sleep.ts";
import { sseBody } from "../../stream/sse_body.ts";
import { ApiError, InvalidRequestError } from "../errors/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { sseReply } from "../http/sse_response.ts";
import { showAgain } from "../responses/show_again.ts";
import { type RequestBody, streamedBody, wholeBody } from "./request_body.ts";
import { SharedStream } from "./shared_stream.ts";

/** Pauses between looks at a request that is answered elsewhere: the first, and the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/** The headers of a reply that are part of the result. The others belong to the one request. */
const KEPT_HEADERS = [
  "content-type",
  "cache-control",
  "x-accel-buffering",
  "tern-ignored",
  "upload-offset",
  "upload-complete",
];

/** Headers that say of an upload what else would be said in its body. */
const MEANINGFUL_HEADERS = ["content-type", "upload-offset", "upload-complete"];

/** A key, 255 characters at the most, which print. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/** The key was given to another request before. */
export class IdempotencyKeyReusedError extends ApiError {
  override readonly name = "IdempotencyKeyReusedError";

  constructor() {
    super(
      422,
      "This Idempotency-Key was sent with another request before. Use a new one for each request, and the same only to send the same again.",
      { param: "Idempotency-Key", code: "idempotency_key_reused" },
    );
  }
}

/** What a request with a key creates: an answer, or something else from a body of JSON or an upload of any length. */
export type CreatingKind = "answer" | "response" | "json" | "upload";

/** What {@linkcode once} needs. */
export interface OnceOptions {
  readonly ports: ApiPorts;
  /** What is created. An upload may be of any length, so it is compared when it has been read. */
  readonly kind: CreatingKind;
  /** The streams that are under way here, by tenant and key. */
  readonly live: Map<string, SharedStream>;
}

/**
 * Answers a request that has a key: once. The same request gets the same result later, or joins the one under way.
 * Only what succeeded is kept.
 *
 * @throws {IdempotencyKeyReusedError}
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export async function once(
  options: OnceOptions,
  handler: Handler<ApiEnv>,
  key: string,
  c: Context<ApiEnv>,
  next: Next,
): Promise<Response> {
  const { ports: { idempotency, limits, newId }, kind, live } = options;
  const upload = kind === "upload";
  if (!KEY.test(key)) {
    throw new InvalidRequestError(
      "Invalid 'Idempotency-Key': it must have 1 to 255 characters of ASCII that print.",
      "Idempotency-Key",
      "invalid_value",
    );
  }
  const tenant = c.get("tenant");
  const { raw } = c.req;
  const { signal } = raw;
  const body = upload ? streamedBody(raw) : await wholeBody(raw, limits.maxBodyBytes);
  const request = await nameOf(raw, upload);
  const name = `${tenant}/${key}`;
  for (let pause = FIRST_POLL_MS;; pause = Math.min(2 * pause, LONGEST_POLL_MS)) {
    const found = await idempotency.find(tenant, key, { signal });
    if (found !== undefined) requireSame(found, request, body.digest());
    const result = found?.record.result ?? null;
    if (found !== undefined && result !== null) return await replay(options, c, found, body);
    if (!found?.running) {
      const asked = { request, body: body.digest() ?? null, id: newId("") };
      const claim = await idempotency.claim(tenant, key, asked, found, { signal });
      if (claim === undefined) continue;
      return await answer(
        options,
        handler,
        { claim, body, name, again: found !== undefined },
        c,
        next,
      );
    }
    const shared = live.get(name);
    if (shared?.canBeJoined) return eventReply(options, c, shared);
    await sleep(pause, signal);
  }
}

/** Names all of a request but its body. */
async function nameOf({ method, url, headers }: Request, upload: boolean): Promise<string> {
  const { pathname, search } = new URL(url);
  const said = upload ? MEANINGFUL_HEADERS.map((header) => headers.get(header)) : [];
  const parts = JSON.stringify([method, pathname, search, ...said]);
  return toText(await sha256(new TextEncoder().encode(parts)));
}

function requireSame(
  { record }: FoundRequest,
  request: string,
  digest: string | undefined,
): void {
  const other = record.body !== null && digest !== undefined && record.body !== digest;
  if (record.request !== request || other) throw new IdempotencyKeyReusedError();
}

/** A request that this instance answers. */
interface Answering {
  readonly claim: Claim;
  readonly body: RequestBody;
  /** Names it among all that are answered here. */
  readonly name: string;
  /** Whether somebody else began to answer it, and gives no more signs of life. */
  readonly again: boolean;
}

async function answer(
  { ports, kind, live }: OnceOptions,
  handler: Handler<ApiEnv>,
  { claim, body, name, again }: Answering,
  c: Context<ApiEnv>,
  next: Next,
): Promise<Response> {
  const { idempotency, limits, log } = ports;
  const stopRenewing = keepLease(claim, idempotency.leaseMs, () => {});
  /** Ends the claim in one way or the other. The reply does not depend on it. */
  const end = async (how: () => Promise<void>): Promise<void> => {
    stopRenewing();
    try {
      await how();
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      log.error("what came of a request with a key was not kept", {
        request_id: c.get("requestId"),
        error,
      });
    }
  };
  const release = () => end(() => claim.release());
  const abandon = () => end(() => claim.abandon());
  try {
    const made = again && kind === "response" ? await madeBefore(ports, c, claim.id) : undefined;
    if (made !== undefined) {
      await end(() => claim.made(made));
      return await showAgain(replayed(c), ports, made, body.stream);
    }
    c.set("claimed", { id: claim.id, again });
    c.req.raw = body.request;
    const reply = await handler(c, next) as Response;
    if (!reply.ok) {
      await (reply.status < 500 ? release() : abandon());
      return reply;
    }
    const stored = c.get("stored");
    if (stored !== undefined) {
      void stored.then((id) => end(() => claim.made(id)), abandon);
      return reply;
    }
    // What was made before needs no body.
    const digest = body.digest() ?? (again ? await body.finish() : undefined);
    const headers = KEPT_HEADERS.flatMap((name): [string, string][] => {
      const value = reply.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    const { status } = reply;
    const keep = (bytes: Uint8Array<ArrayBuffer>) =>
      end(() => claim.finish({ status, headers, body: bytes }, digest ?? body.digest()));
    if (!reply.headers.get("content-type")?.startsWith("text/event-stream")) {
      const bytes = new Uint8Array(await reply.arrayBuffer());
      await keep(bytes);
      return new Response(bytes, reply);
    }
    const outcome = Promise.resolve(c.get("outcome"));
    const shared = new SharedStream(
      reply.body as ReadableStream<Uint8Array<ArrayBuffer>>,
      (bytes) => {
        live.delete(name);
        void outcome.then((outcome) => {
          const whole = bytes !== undefined && (outcome?.end ?? "completed") === "completed";
          return whole ? keep(bytes) : release();
        });
      },
    );
    live.set(name, shared);
    return new Response(sseBody(shared.join(), limits.heartbeatMs), reply);
  } catch (error) {
    await (mayHaveMade(kind, error, c.req.raw.signal) ? abandon() : release());
    throw error;
  }
}

/** Whether something may be there although the request failed, which the next attempt is to find. */
function mayHaveMade(kind: CreatingKind, error: unknown, { aborted }: AbortSignal): boolean {
  // An answer that failed, or that nobody waits for any more, is not kept.
  if (error instanceof FailedResponseError) return false;
  if (aborted) return kind === "json" || kind === "upload";
  return (toWireError(error)?.status ?? 500) >= 500;
}

/** The response that was made for a request by somebody who could not say so any more. */
async function madeBefore(
  { responses }: ApiPorts,
  c: Context<ApiEnv>,
  name: string,
): Promise<string | undefined> {
  const id = `resp_${name}`;
  try {
    await responses.get(c.get("tenant"), id, "look");
    return id;
  } catch (error) {
    if (error instanceof UnknownResponseError) return undefined;
    throw error;
  }
}

/** Gives the result again. */
async function replay(
  { ports }: OnceOptions,
  c: Context<ApiEnv>,
  { record }: FoundRequest,
  body: RequestBody,
): Promise<Response> {
  const { result } = record;
  if (record.body !== null && record.body !== await body.finish()) {
    throw new IdempotencyKeyReusedError();
  }
  if (result?.type === "response") {
    return await showAgain(replayed(c), ports, result.id, body.stream);
  }
  const reply = await ports.idempotency.reply(c.get("tenant"), result!, {
    signal: c.req.raw.signal,
  });
  return replayed(c).body(
    reply.body,
    reply.status as ContentfulStatusCode,
    Object.fromEntries(reply.headers),
  );
}

/** What is under way here, from its beginning. */
function eventReply({ ports }: OnceOptions, c: Context<ApiEnv>, shared: SharedStream): Response {
  return sseReply(replayed(c), ports, shared.join());
}

/** Says that the reply is not the first to its request. */
function replayed(c: Context<ApiEnv>): Context<ApiEnv> {
  c.header("idempotent-replayed", "true");
  return c;
}
