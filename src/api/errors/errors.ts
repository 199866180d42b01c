import type { ContentfulStatusCode } from "hono/utils/http-status";

/** The kinds of error that clients tell apart. */
export type ErrorType = "invalid_request_error" | "server_error" | "too_many_requests";

/** An error as clients see it, in OpenAI's form. */
export interface ErrorBody {
  readonly message: string;
  readonly type: ErrorType;
  /** The field at fault, as in `messages[2].content`. */
  readonly param: string | null;
  readonly code: string | null;
}

/** An error reply: what goes on the wire. */
export interface WireError {
  readonly status: ContentfulStatusCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** Details of an {@linkcode ApiError}. */
export interface ApiErrorOptions extends ErrorOptions {
  readonly type?: ErrorType;
  readonly param?: string | null;
  readonly code?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure that the client is told of in full. */
export class ApiError extends Error implements WireError {
  override readonly name: string = "ApiError";
  readonly status: ContentfulStatusCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;

  constructor(status: ContentfulStatusCode, message: string, options: ApiErrorOptions = {}) {
    const { type = "invalid_request_error", param = null, code = null, headers = {} } = options;
    super(message, options);
    this.status = status;
    // What is in the way may be gone in a moment. Whether to try again by itself is told besides, where it is not.
    this.headers = status === 409 ? { "retry-after": "1", ...headers } : headers;
    this.body = { message, type, param, code };
  }
}

/** The body, or a field of it, is not what the API takes. */
export class InvalidRequestError extends ApiError {
  override readonly name = "InvalidRequestError";

  constructor(message: string, param: string | null, code: string) {
    super(400, message, { param, code });
  }
}

/** The request carries no key, or one that is not among the configured ones. */
export class AuthenticationError extends ApiError {
  override readonly name = "AuthenticationError";

  /** @param given Whether a key came with the request. RFC 6750, section 3.1: only then is there an error code. */
  constructor(given: boolean) {
    const message = given
      ? "Incorrect API key provided."
      : "No API key provided. Send it in the header `Authorization: Bearer KEY`.";
    super(401, message, {
      code: "invalid_api_key",
      headers: { "www-authenticate": given ? 'Bearer error="invalid_token"' : "Bearer" },
    });
  }
}

/** There is nothing at this URL. */
export class UnknownRouteError extends ApiError {
  override readonly name = "UnknownRouteError";

  constructor(method: string, path: string) {
    super(404, `Unknown URL: ${method} ${path.slice(0, 200)}`, { code: "unknown_url" });
  }
}

/** The URL exists, the method on it does not. */
export class MethodNotAllowedError extends ApiError {
  override readonly name = "MethodNotAllowedError";

  constructor(method: string, allowed: readonly string[]) {
    const allow = allowed.join(", ");
    super(405, `${method} is not allowed here: use ${allow}.`, {
      code: "method_not_allowed",
      headers: { allow },
    });
  }
}

/** The body is larger than this server reads. */
export class BodyTooLargeError extends ApiError {
  override readonly name = "BodyTooLargeError";

  constructor(limit: number) {
    super(413, `The body is larger than the limit of ${limit} bytes.`, {
      code: "request_too_large",
    });
  }
}

/** The body ended before its length, or its last chunk, was reached. */
export class IncompleteBodyError extends ApiError {
  override readonly name = "IncompleteBodyError";

  constructor(options: ErrorOptions) {
    super(400, "The body broke off before its end.", { ...options, code: "incomplete_body" });
  }
}

/** The body is in a format that this server does not read. */
export class UnsupportedMediaTypeError extends ApiError {
  override readonly name = "UnsupportedMediaTypeError";

  constructor(message: string) {
    super(415, message, { code: "unsupported_media_type" });
  }
}

/** The reply to a failure that is the server's own. Says nothing of what it was: that is in the log. */
export const INTERNAL_ERROR: ApiError = new ApiError(500, "The server failed to answer.", {
  type: "server_error",
  code: "internal_error",
});

/** Whether this is the error of something that was aborted. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
