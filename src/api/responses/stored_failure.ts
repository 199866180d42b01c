import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { RunEnd } from "../../tree/run.ts";
import { ApiError, type ErrorBody, INTERNAL_ERROR } from "../errors/errors.ts";
import { toWireError } from "../errors/to_wire_error.ts";

const schema = z.object({
  message: z.string(),
  type: z.enum(["invalid_request_error", "server_error", "too_many_requests"]),
  param: z.string().nullable(),
  code: z.string().nullable(),
  /** The HTTP status. Absent in records of earlier versions, which kept the type alone. */
  status: z.int().min(400).max(599).exactOptional(),
});

/** The statuses that records without one have. */
const STATUS = { invalid_request_error: 400, too_many_requests: 429, server_error: 500 } as const;

/** What the record of a failed response keeps of the error: what a client would have been told. */
export function storedFailure(error: unknown): z.infer<typeof schema> {
  const { status, body } = toWireError(error) ?? INTERNAL_ERROR;
  return { ...body, status };
}

/** The error that a failed response shows. */
export function failureOf({ failure }: Extract<RunEnd, { type: "failed" }>): ErrorBody {
  const { status: _, ...body } = schema.parse(failure);
  return body;
}

/** A response failed, and its record says why: the reply of a request that waited for the whole of it. */
export class FailedResponseError extends ApiError {
  override readonly name = "FailedResponseError";

  constructor({ failure }: Extract<RunEnd, { type: "failed" }>) {
    const { message, status, ...body } = schema.parse(failure);
    super((status ?? STATUS[body.type]) as ContentfulStatusCode, message, body);
  }
}
