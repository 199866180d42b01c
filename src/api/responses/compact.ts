import type { Handler } from "hono";
import { UnknownResponseError } from "../../records/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { idFor, makeOnce, unless } from "../idempotency/make_once.ts";
import { readRequest } from "../requests/accept.ts";
import { headOf } from "./card.ts";
import { createStored, prepareResponse } from "./create.ts";
import { followCreated } from "./follow.ts";
import { requesterOf, wholeResponse } from "./reply.ts";
import { COMPACT } from "./schema.ts";
import type { ResponseHead } from "./asked.ts";

/**
 * `POST /v1/responses/compact`: reads a conversation, and gives one item that stands for all of it.
 *
 * The state of a recurrent model is a compaction by itself, of fixed size. So this reads what no state has read, stores
 * the state as that of a response, and the item names it. Nothing is lost: the words are kept beside it.
 */
export function compactResponse(ports: ApiPorts): Handler<ApiEnv> {
  const { responses } = ports;
  return async function compactResponse(c) {
    const request = await readRequest(c, ports, COMPACT);
    const requester = requesterOf(c);
    const { previous_response_id: previous } = request;
    const { instructions, tools } = request;
    const id = idFor(c, ports, "resp_", previous ?? "");
    // Where nothing is said of them, the state that has read those before is the one that is meant.
    const begin = async (): Promise<ResponseHead> => {
      const before = previous && !instructions && !tools?.length
        ? headOf(await responses.get(requester.tenant, previous, "look")).request
        : request;
      const prepared = await prepareResponse(ports, requester.tenant, {
        ...request,
        input: request.input ?? [],
        instructions: before.instructions,
        tools: before.tools,
      }, { id, readOnly: "compaction" });
      await createStored(ports, requester, prepared);
      return prepared.head;
    };
    const find = () =>
      unless(UnknownResponseError, async () => {
        return headOf(await responses.get(requester.tenant, id, "look"));
      });
    const head = await makeOnce(c, find, begin);
    const { created_at, output, usage } = await wholeResponse(
      c,
      ports,
      head,
      followCreated(ports, requester, id),
    );
    return c.json({ id, object: "response.compaction", created_at, output, usage });
  };
}
