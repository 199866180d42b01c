import assert from "node:assert/strict";
import { z } from "zod";

const envelope = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** Checks that a reply is an error in OpenAI's envelope, and returns it. */
export async function errorOf(response: Response, status: number) {
  const body = await response.text();
  assert.equal(response.status, status, body);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert(response.headers.get("x-request-id"), "a reply without x-request-id");
  return envelope.parse(JSON.parse(body)).error;
}
