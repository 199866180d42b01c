import type { Place, ResponseService } from "../../response/stored_response.ts";
import type { Message } from "../../prompt/message.ts";
import { InvalidRequestError } from "../errors/errors.ts";

/**
 * Refuses results of calls that nobody made: neither before them in the same list, nor in what it goes on from.
 *
 * @param place what the list goes on from
 * @param nameOf what the client calls the field that names the call, of a message of the list
 * @param before what was said before it and is not stored
 * @throws {InvalidRequestError}
 */
export async function requireCalls(
  responses: ResponseService,
  tenant: string,
  messages: readonly Message[],
  place: Place,
  nameOf: (index: number) => string,
  before: readonly Message[] = [],
): Promise<void> {
  const made = new Set(
    before.flatMap(({ tool }) => tool?.type === "call" ? [tool.callId] : []),
  );
  /** Of each call that is not in the list, the first message with a result of it. */
  const missing = new Map<string, number>();
  for (const [index, { tool }] of messages.entries()) {
    if (tool?.type === "call") made.add(tool.callId);
    else if (tool && !made.has(tool.callId) && !missing.has(tool.callId)) {
      missing.set(tool.callId, index);
    }
  }
  if (missing.size === 0) return;
  const [unknown] = await responses.unknownCalls(tenant, place, [...missing.keys()]);
  if (unknown === undefined) return;
  // OpenAI's words, which clients know.
  throw new InvalidRequestError(
    `No tool call found for function call output with call_id ${unknown}.`,
    nameOf(missing.get(unknown)!),
    "invalid_value",
  );
}
