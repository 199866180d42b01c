import { Failure, type FailureCategory } from "../../failure/failure.ts";
import {
  ApiError,
  type ErrorBody,
  type ErrorType,
  INTERNAL_ERROR,
  isAbortError,
  type WireError,
} from "./errors.ts";

/** What the category of a failure means in HTTP. */
interface CategoryReply {
  readonly status: WireError["status"];
  readonly type: ErrorType;
  readonly headers?: Readonly<Record<string, string>>;
}

/** OpenAI's clients send a request again after a 409 or a 429 unless they are told not to. */
const DO_NOT_RETRY = { "x-should-retry": "false" };

const REPLIES: Readonly<Record<FailureCategory, CategoryReply>> = {
  invalid: { status: 400, type: "invalid_request_error" },
  missing: { status: 404, type: "invalid_request_error" },
  stalled: { status: 408, type: "invalid_request_error" },
  // The obstacle may be gone in a moment, but the same request might no longer do what its sender meant.
  conflict: {
    status: 409,
    type: "invalid_request_error",
    headers: { "retry-after": "1", ...DO_NOT_RETRY },
  },
  quota: { status: 429, type: "too_many_requests", headers: DO_NOT_RETRY },
  rate: { status: 429, type: "too_many_requests" },
  internal: { status: 500, type: "server_error" },
  unavailable: { status: 503, type: "server_error" },
};

/**
 * The reply to an error that a route threw.
 *
 * @returns `null` if something was aborted: the client went away, and nobody waits for a reply.
 */
export function toWireError(error: unknown): WireError | null {
  if (error instanceof ApiError) return error;
  if (error instanceof Failure) return replyTo(error);
  return isAbortError(error) ? null : INTERNAL_ERROR;
}

function replyTo(failure: Failure): WireError {
  const { category, code, param, clientMessage: message, retryAfterMs } = failure;
  const { status, type, headers } = REPLIES[category];
  const delay = retryAfterMs === undefined
    ? {}
    : { "retry-after": `${Math.ceil(retryAfterMs / 1000)}` };
  return {
    status,
    headers: { ...headers, ...delay, ...failure.headers },
    body: { message, type, param, code },
  };
}

/** The error that ends a stream that has begun. */
export function toErrorBody(error: unknown): ErrorBody {
  return (toWireError(error) ?? INTERNAL_ERROR).body;
}
