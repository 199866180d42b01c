import { z } from "zod";

/** Seconds since the epoch. */
export const seconds = z.int();

/** OpenAI's error envelope. */
export const errorEnvelope = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe("The field at fault."),
    code: z.string().nullable(),
  }),
});

/** The reply to a `DELETE`. */
export const deleted = z.object({
  id: z.string(),
  object: z.string(),
  deleted: z.literal(true),
});

/** A page of a list. */
export const page = z.object({
  object: z.literal("list"),
  data: z.array(z.looseObject({ id: z.string() })),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});

/** What a resumed state saved, as part of a usage. */
export const cacheDetails = z.looseObject({
  cached_tokens: z.int().describe("Tokens that the resumed state had read already."),
  cache_write_tokens: z.int()
    .describe("Tokens that were read anew into states that the server keeps."),
});
