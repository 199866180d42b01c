import { z } from "zod";
import { cacheDetails, errorEnvelope, seconds } from "../http/replies.ts";

const reasoning = z.string().describe("What the model thought before it answered.");

export const chatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: seconds,
  model: z.string(),
  system_fingerprint: z.string(),
  choices: z.array(z.looseObject({
    index: z.int(),
    message: z.looseObject({
      role: z.literal("assistant"),
      content: z.string().nullable(),
      reasoning_content: reasoning.optional(),
    }),
    finish_reason: z.string(),
  })),
  usage: z.looseObject({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: cacheDetails,
  }),
});

/** Of a stream that fails, the last event is an error. */
export const chatCompletionChunk = z.union([
  z.looseObject({
    id: z.string(),
    object: z.literal("chat.completion.chunk"),
    created: seconds,
    model: z.string(),
    choices: z.array(z.looseObject({
      index: z.int(),
      delta: z.looseObject({
        content: z.string().nullish(),
        reasoning_content: reasoning.optional(),
      }),
      finish_reason: z.string().nullable(),
    })),
  }),
  errorEnvelope,
]);
