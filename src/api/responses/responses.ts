import { claimedId } from "../idempotency/make_once.ts";
import type { Handler } from "hono";
import type { AnswerStream } from "../../stream/answer_stream.ts";
import type { Watching } from "../answers/choices.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { preferredWait } from "../http/preferred_wait.ts";
import { readRequest } from "../requests/accept.ts";
import { beginUnstored, createStored, prepareResponse } from "./create.ts";
import type { AnyResponseEvent } from "./events.ts";
import { followCreated, type Requester } from "./follow.ts";
import { requesterOf, streamBegun, wholeResponse } from "./reply.ts";
import { RESPONSE } from "./schema.ts";
import { progressOf, responseObject } from "./wire.ts";

/** `POST /v1/responses`. */
export function responses(ports: ApiPorts): Handler<ApiEnv> {
  const { models, limits } = ports;
  return async function responses(c) {
    const request = await readRequest(c, ports, RESPONSE);
    const requester = requesterOf(c);
    const id = claimedId(c, "resp_");
    const notes = c.get("notes");
    const prepared = await prepareResponse(ports, requester.tenant, request, { id, notes });

    const { head } = prepared;
    const patience = preferredWait(c.req.header("prefer"), limits.maxWaitMs);
    const begin = async (
      requester: Requester,
      watching: Watching = {},
    ): Promise<AnswerStream<AnyResponseEvent>> => {
      if (!(request.store ?? true)) {
        return await beginUnstored(ports, requester, prepared, watching);
      }
      const created = createStored(ports, requester, prepared, { patience, ...watching });
      if (request.stream) {
        const stored = created.then(() => head.id);
        stored.catch(() => {}); // told to whoever waits for the response
        c.set("stored", stored);
      }
      await created;
      return followCreated(ports, requester, head.id);
    };
    if (request.stream) return await streamBegun(c, ports, head, begin);
    if (request.background) {
      await createStored(ports, requester, prepared, { patience });
      const nothing = { pieces: [], end: null, begun: false };
      const tokenizer = await models.tokenizer(head.model);
      return c.json(responseObject(head, progressOf(head, tokenizer, nothing)));
    }
    return c.json(await wholeResponse(c, ports, head, await begin(requester)));
  };
}
