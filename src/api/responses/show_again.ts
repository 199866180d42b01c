import type { Context } from "hono";
import { UnknownResponseError } from "../../records/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { ApiError } from "../errors/errors.ts";
import { headOf } from "./card.ts";
import { followStored } from "./follow.ts";
import { requesterOf, streamReply, wholeResponse } from "./reply.ts";
import { progressOf, responseObject } from "./wire.ts";

/**
 * The reply to a request for a response that was made before, or is being made.
 *
 * @param stream whether it was asked for as events
 * @throws {ApiError} if it was deleted
 */
export async function showAgain(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  id: string,
  stream: boolean,
): Promise<Response> {
  try {
    const response = await ports.responses.get(c.get("tenant"), id);
    const head = headOf(response);
    if (head.request.background && !stream) {
      const tokenizer = await ports.models.tokenizer(head.model);
      return c.json(responseObject(head, progressOf(head, tokenizer, response)));
    }
    const events = followStored(ports, requesterOf(c), id);
    if (stream) return await streamReply(c, ports, head, events);
    return c.json(await wholeResponse(c, ports, head, events));
  } catch (error) {
    if (!(error instanceof UnknownResponseError)) throw error;
    throw new ApiError(404, "The response that this request made was deleted.", {
      code: "response_not_found",
    });
  }
}
