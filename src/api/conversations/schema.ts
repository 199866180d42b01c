import { z } from "zod";
import { isBlank, metadata, text } from "../fields.ts";
import { item } from "../responses/items.ts";

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
