import type { Context, Handler } from "hono";
import { z } from "zod";
import type { StoredResponse } from "../../response/stored_response.ts";
import { CorruptSnapshotError, UnknownResponseError } from "../../records/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { ApiError, InvalidRequestError } from "../errors/errors.ts";
import { lastEventId, nothingMore, reconnectOf } from "../http/last_event_id.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { paged } from "../requests/paging.ts";
import { IGNORED_HEADER } from "../requests/ignored.ts";
import { type ResponseHead, topLogprobs } from "./asked.ts";
import { headOf } from "./card.ts";
import { type EventOptions, responseEvents } from "./events.ts";
import { followStored } from "./follow.ts";
import { includeQuery, itemsQuery, refuseUnkeptLogprobs, validateQuery } from "./include.ts";
import { requesterOf, streamReply } from "./reply.ts";
import { inputIds, inputItem, progressOf, responseObject } from "./wire.ts";

type OfResponse = Handler<ApiEnv, "/:id">;

const flag = z.enum(["true", "false"]).transform((value) => value === "true").optional();

/** How a stored response is asked for. */
export const retrieveQuery = z.strictObject({
  ...includeQuery,
  stream: flag,
  starting_after: z.string()
    .refine((value) => /^\d{1,15}$/.test(value), "it must be the number of an event")
    .transform(Number).optional(),
  include_obfuscation: flag,
}).superRefine(({ stream, include: _, ...options }, context) => {
  if (stream) return;
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    context.addIssue({
      code: "custom",
      path: [option],
      message: "it is only allowed when 'stream' is true",
    });
  }
});

/** `GET /v1/responses/{id}`, as an object or as the events of its stream. */
export function retrieveResponse(ports: ApiPorts): OfResponse {
  const { models } = ports;
  return async (c) => {
    const query = validateQuery(retrieveQuery, c.req.queries());
    return await withResponse(c, async (id) => {
      const { signal } = c.req.raw;
      const response = await ports.responses.get(c.get("tenant"), id, undefined, signal);
      const head = headOf(response);
      const tokenizer = await models.tokenizer(head.model);
      // As the reply to the request that made it.
      if (head.ignored) c.header(IGNORED_HEADER, head.ignored.join(", "));
      refuseUnkeptLogprobs(query.include, topLogprobs(head.request) !== undefined);
      if (query.stream) {
        const last = lastNumber(c);
        // Of the two the header is the later one: it is sent again with what came last.
        const after = last ?? query.starting_after;
        const padded = query.include_obfuscation;
        const options = {
          ...after === undefined ? {} : { after },
          ...padded === undefined ? {} : { padded },
        };
        if (last !== undefined && hasAll(response, head, tokenizer, ports, options)) {
          return nothingMore();
        }
        const events = followStored(ports, requesterOf(c), id);
        return streamReply(c, ports, head, events, { ...options, ...reconnectOf(c) });
      }
      return c.json(responseObject(head, progressOf(head, tokenizer, response)));
    });
  };
}

/** The number of the last event that a reader has who was cut off. */
function lastNumber(c: Context<ApiEnv>): number | undefined {
  const id = lastEventId(c);
  if (id === undefined || /^\d{1,15}$/.test(id)) return id === undefined ? undefined : Number(id);
  throw new InvalidRequestError(
    "Invalid 'Last-Event-ID': it must be the number of an event.",
    "Last-Event-ID",
    "invalid_value",
  );
}

/** Whether a response has ended, and has no event after the one that a reader has. */
function hasAll(
  { pieces, end }: StoredResponse,
  head: ResponseHead,
  tokenizer: Tokenizer,
  { clock }: ApiPorts,
  options: EventOptions,
): boolean {
  if (end === null) return false;
  const writer = responseEvents(head, tokenizer, clock.now, options);
  const events = [
    ...writer.begun?.() ?? [],
    ...[...pieces, end].flatMap((event) => writer.next(event)),
  ];
  // What comes after the last event of the response has no number.
  return events.every(({ id }) => id === undefined);
}

/** `DELETE /v1/responses/{id}`. */
export function deleteResponse({ responses }: ApiPorts): OfResponse {
  return (c) =>
    withResponse(c, async (id) => {
      await responses.delete(c.get("tenant"), id);
      return c.json({ id, object: "response", deleted: true });
    });
}

/** `POST /v1/responses/{id}/cancel`. */
export function cancelResponse({ models, responses }: ApiPorts): OfResponse {
  return (c) =>
    withResponse(c, async (id) => {
      const tenant = c.get("tenant");
      // First of all: one that is paused goes on when it is asked for.
      await responses.cancel(tenant, id);
      const response = await responses.get(tenant, id);
      const head = headOf(response);
      const tokenizer = await models.tokenizer(head.model);
      return c.json(responseObject(head, progressOf(head, tokenizer, response)));
    });
}

/** `GET /v1/responses/{id}/input_items`. */
export function listInputItems({ responses }: ApiPorts): OfResponse {
  return async (c) => {
    // No item of an input has more to it than is told anyway.
    const { include: _, ...query } = validateQuery(itemsQuery, c.req.queries());
    return await withResponse(c, async (id) => {
      const { request } = headOf(await responses.get(c.get("tenant"), id, "look"));
      const ids = await inputIds(id, request.input);
      const items = request.input.map((message, index) => inputItem(ids[index]!, message));
      return c.json(paged(items, query));
    });
  };
}

/** Replies that a response was not found, or cannot be read. */
export async function withResponse(
  c: Context<ApiEnv, "/:id">,
  answer: (id: string) => Promise<Response>,
): Promise<Response> {
  try {
    return await answer(c.req.param("id"));
  } catch (error) {
    if (error instanceof UnknownResponseError) {
      throw new ApiError(404, "The response was not found.", { code: "response_not_found" });
    }
    if (error instanceof CorruptSnapshotError) {
      throw new ApiError(500, `The stored response cannot be read. ${error.message}.`, {
        type: "server_error",
        code: "response_unreadable",
        cause: error,
      });
    }
    throw error;
  }
}
