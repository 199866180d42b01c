import type { Handler } from "hono";
import { z } from "zod";
import type { ListPosition } from "../../conversation/conversation_list.ts";
import { UnknownConversationError } from "../../records/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import { pageQuery } from "../requests/paging.ts";
import { validate } from "../requests/validation.ts";
import { conversationObject } from "./wire.ts";

/** How the list of conversations is asked for. `after` is the id of one, or `next` of the page before. */
export const conversationsQuery = pageQuery.extend({ q: z.string().max(200).optional() });

/** Conversations on a page, unless said otherwise. */
const LIMIT = 20;

const POSITION = /^(\d{1,16})-(conv_\w{1,100})$/;

/**
 * `GET /v1/conversations`: those of a tenant, the one in which something was said last first.
 *
 * There is none in OpenAI's API. The reply has its form of a list, and `next` besides, which does not move as
 * conversations do.
 */
export function listConversations({ conversations }: ApiPorts): Handler<ApiEnv> {
  return async (c) => {
    const { limit = LIMIT, order = "desc", after, q } = validate(conversationsQuery, c.req.query());
    try {
      const { found, next } = await conversations.list(
        c.get("tenant"),
        { limit, order, after: positionOf(after) ?? after, text: q },
        { signal: c.req.raw.signal },
      );
      return c.json({
        object: "list",
        data: found.map(conversationObject),
        first_id: found[0]?.id ?? null,
        last_id: found.at(-1)?.id ?? null,
        has_more: next !== undefined,
        next: next === undefined ? null : `${next.changedAt}-${next.id}`,
      });
    } catch (error) {
      if (!(error instanceof UnknownConversationError)) throw error;
      throw new InvalidRequestError(
        "Invalid 'after': there is no such conversation.",
        "after",
        "invalid_value",
      );
    }
  };
}

function positionOf(after: string | undefined): ListPosition | undefined {
  const [, time, id] = POSITION.exec(after ?? "") ?? [];
  return time === undefined || id === undefined ? undefined : { changedAt: Number(time), id };
}
