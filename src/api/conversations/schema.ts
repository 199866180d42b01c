import { z } from "zod";
import { isBlank, metadata, text } from "../requests/field_schemas.ts";
import type { RequestKind } from "../requests/accept.ts";
import type { JsonObject } from "../requests/json_object.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { item, refuseBlank } from "../responses/items.ts";
import { openItems } from "../responses/open_items.ts";

/** Items of one request. Source: OpenAI API reference, "Create items". */
const MAX_ITEMS = 20;

/** What a conversation is called. Blank: by how it begins. */
const title = text.max(200).transform((title) => isBlank(title) ? null : title.trim());

const items = z.array(item).max(MAX_ITEMS);

const responseId = z.string()
  .refine((id) => /^[\w-]{1,128}$/.test(id), "it is not the id of a response");

/** The body of `POST /v1/conversations`. */
export const createRequest = z.strictObject({
  items: items.nullish(),
  metadata: metadata.nullish(),
  title: title.nullish(),
});

/** The body of `POST /v1/conversations/{id}`. */
export const updateRequest = z.strictObject({
  metadata: metadata.nullish(),
  title: title.nullish(),
}).superRefine(({ metadata, title }, context) => {
  if (metadata !== undefined || title !== undefined) return;
  const message = "it must be there, or 'title'";
  context.addIssue({ code: "custom", path: ["metadata"], message });
});

/** The body of `POST /v1/conversations/{id}/items`. */
export const addRequest = z.strictObject({
  items: z.array(item).min(1).max(MAX_ITEMS),
});

/** The body of `POST /v1/conversations/{id}/fork`. */
export const forkRequest = z.strictObject({
  response_id: responseId.nullish(),
  metadata: metadata.nullish(),
  title: title.nullish(),
});

/** The body of `POST /v1/conversations/{id}/rewind`: to a response, or with `null` to the beginning. */
export const rewindRequest = z.strictObject({ response_id: responseId.nullable() });

function translate(body: JsonObject, notes: RequestNotes): JsonObject {
  const { items } = body;
  return Array.isArray(items) ? { ...body, items: openItems(items, "items", notes) } : body;
}

/** How conversations are begun. */
export const CREATE: RequestKind<z.infer<typeof createRequest>> = {
  name: "conversation",
  schema: createRequest,
  strict: createRequest.safeExtend({ items: items.superRefine(refuseBlank).nullish() }),
  translate,
};

/** How items are added. */
export const ADD: RequestKind<z.infer<typeof addRequest>> = {
  name: "items",
  schema: addRequest,
  strict: addRequest.safeExtend({ items: addRequest.shape.items.superRefine(refuseBlank) }),
  translate,
};
