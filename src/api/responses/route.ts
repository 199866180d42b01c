import type { Handler } from "hono";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { preferredWait } from "../preferred_wait.ts";
import { readRequest } from "../requests/accept.ts";
import { createStored, followCreated, followUnstored, prepareResponse } from "./create.ts";
import type { Following } from "./follow.ts";
import { requesterOf, streamReply, wholeResponse } from "./reply.ts";
import { RESPONSE } from "./schema.ts";
import { progressOf, responseObject } from "./wire.ts";

/** `POST /v1/responses`. */
export function responses(ports: ApiPorts): Handler<ApiEnv> {
  const { chat: { tokenizer }, limits } = ports;
  return async function responses(c) {
    const request = await readRequest(c, ports, RESPONSE);
    const requester = requesterOf(c);
    const prepared = await prepareResponse(ports, requester.tenant, request, {
      ignored: c.get("notes")?.ignored,
    });
    const { head } = prepared;
    let following: Following;
    if (request.store ?? true) {
      const patience = preferredWait(c.req.header("prefer"), limits.maxWaitMs);
      await createStored(ports, requester, prepared, patience);
      if (request.background && !request.stream) {
        const nothing = { pieces: [], end: null, begun: false };
        return c.json(responseObject(head, progressOf(head, tokenizer, nothing)));
      }
      following = followCreated(ports, requester, head.id);
    } else {
      following = await followUnstored(ports, requester, prepared);
    }
    if (request.stream) return streamReply(c, tokenizer, head, following);
    c.set("outcome", following.concluded);
    return c.json(await wholeResponse(tokenizer, head, following));
  };
}
