/** Why a server answers nothing, and what it says of that. */
export interface Unavailability {
  /** What `/health` gives as `status`. */
  readonly status: "misconfigured" | "stopping";
  readonly code: string;
  readonly message: string;
  /** Seconds after which a client may ask again. Absent: asking again is of no use. */
  readonly retryAfter?: number;
}

/** The server is told to stop. Others answer. */
export const STOPPING: Unavailability = {
  status: "stopping",
  code: "server_stopping",
  message: "The server is stopping. Try again: another one answers.",
  retryAfter: 1,
};

/**
 * Answers any request with 503 and why.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const reply = answerUnavailable(new Request("http://localhost/health"), STOPPING);
 * assert.equal(reply.status, 503);
 * assert.equal((await reply.json()).status, "stopping");
 * ```
 */
export function answerUnavailable(
  request: Request,
  { status, code, message, retryAfter }: Unavailability,
): Response {
  const error = { message, type: "server_error", param: null, code };
  const isHealth = /^\/health(\/|$)/.test(new URL(request.url).pathname);
  return Response.json(isHealth ? { status, message } : { error }, {
    status: 503,
    headers: {
      "cache-control": "no-store",
      ...retryAfter === undefined ? {} : { "retry-after": `${retryAfter}` },
    },
  });
}
