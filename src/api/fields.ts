import { z } from "zod";
import { unsupported } from "./unsupported.ts";

/** Text that is Unicode. JSON can spell halves of surrogate pairs, which no UTF-8 and no token can stand for. */
export const text = z.string().refine(
  (value) => value.isWellFormed(),
  "it holds half of a surrogate pair, which is not a character",
);

/** Whether there is nothing to read in a text. */
export function isBlank(value: string): boolean {
  return value.trim() === "";
}

/** What a client wants kept with something. Source: OpenAI API reference, `metadata`. */
export const metadata = z.record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, "it may have at most 16 pairs");

/**
 * A field that OpenAI's own client adds to what it parsed, and sends back with it: the same as is there as text.
 *
 * Source: openai, `chat.completions.parse`, `responses.parse`, `stream`.
 */
export function parsedByClient<N extends "parsed" | "parsed_arguments">(name: N) {
  return { [name]: z.unknown().optional() } as Record<N, z.ZodOptional<z.ZodUnknown>>;
}

/** Characters of what clients call their users and their caches. Source: Open Responses. */
const MAX_IDENTIFIER = 64;
/** Older, and without a limit of its own: enough for an address. */
const MAX_USER = 512;

/**
 * What clients say of their users and of caching. All of it is taken, and none changes an answer:
 *
 * - `safety_identifier` and `user` name the client's own user, for whoever runs the server to act on. Nobody does here.
 * - `prompt_cache_key` groups requests that begin alike. States are found by what they have read, so they are found
 *   without it.
 * - `prompt_cache_retention`: states are kept for a day if they are not used. That they are kept in memory alone can't
 *   be promised.
 */
export const clientNotes = {
  safety_identifier: z.string().max(MAX_IDENTIFIER).nullish(),
  prompt_cache_key: z.string().max(MAX_IDENTIFIER).nullish(),
  prompt_cache_retention: unsupported(z.literal("24h")),
  user: z.string().max(MAX_USER).nullish(),
};

/** Sampling, as all requests have it. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
};

/** An option of streams: whether the events that bring text are padded, see {@linkcode padding}. They are by default. */
export const obfuscation = { include_obfuscation: z.boolean().nullish() };

/** Refuses options for a stream where none is asked for. */
export function refuseStrayStreamOptions<
  T extends { stream?: boolean | null | undefined; stream_options?: object | null | undefined },
>(request: T, context: z.RefinementCtx<T>): void {
  if (!request.stream_options || request.stream) return;
  context.addIssue({
    code: "custom",
    path: ["stream_options"],
    message: "it is only allowed when 'stream' is true",
  });
}

/** llama.cpp's: whether a stream tells how much of the prompt has been read. Other replies have nothing to tell it in. */
export const returnProgress = z.boolean().nullish();
