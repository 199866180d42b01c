/** How much of a model has been read. */
export interface LoadingProgress {
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

/** Seconds after which a client may ask again. */
const RETRY_SECONDS = "1";

/**
 * Answers requests while the server starts and the model is loaded: with 503, and at `/health` with how far it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const reply = answerWhileLoading(new Request("http://localhost/health"), { done: 1, total: 3 });
 * assert.equal(reply.status, 503);
 * assert.deepEqual(await reply.json(), { status: "loading", percent: 33 });
 * ```
 */
export function answerWhileLoading(
  request: Request,
  { done, total }: LoadingProgress,
): Response {
  const percent = total === 0 ? 0 : Math.min(100, Math.floor(100 * done / total));
  const error = {
    message: `The server is starting; ${percent} % of the model is loaded. Try again later.`,
    type: "server_error",
    param: null,
    code: "model_loading",
  };
  const isHealth = new URL(request.url).pathname === "/health";
  return Response.json(isHealth ? { status: "loading", percent } : { error }, {
    status: 503,
    headers: { "retry-after": RETRY_SECONDS, "cache-control": "no-store" },
  });
}
