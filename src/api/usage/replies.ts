import { z } from "zod";

const amount = z.int().nonnegative();
const limit = amount.nullable().describe("`null`: any amount.");

export const usage = z.object({
  object: z.literal("usage"),
  stored: z.object({
    bytes: amount.describe("Of responses with their states, conversations and chat completions."),
    responses: amount,
    conversations: amount,
  }),
  cached: z.object({
    bytes: amount.describe("Of states that only save work. They make room for others."),
  }),
  limits: z.object({
    stored_bytes: limit,
    responses: limit,
    conversations: limit,
    cached_bytes: limit,
  }),
});
