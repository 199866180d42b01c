import { z } from "zod";
import { errorEnvelope, seconds } from "../http/replies.ts";

export const textCompletion = z.looseObject({
  id: z.string(),
  object: z.literal("text_completion"),
  created: seconds,
  model: z.string(),
  choices: z.array(z.looseObject({
    text: z.string(),
    index: z.int(),
    finish_reason: z.string(),
  })),
});

export const textCompletionChunk = z.union([
  z.looseObject({
    id: z.string(),
    object: z.literal("text_completion"),
    created: seconds,
    model: z.string(),
    choices: z.array(z.looseObject({
      index: z.int(),
      text: z.string(),
      finish_reason: z.string().nullable(),
    })),
  }),
  errorEnvelope,
]);
