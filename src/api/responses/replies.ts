import { z } from "zod";
import { cacheDetails, seconds } from "../http/replies.ts";

export const responseUsage = z.looseObject({
  input_tokens: z.int(),
  input_tokens_details: cacheDetails,
  output_tokens: z.int(),
  total_tokens: z.int(),
});

export const inputTokens = z.looseObject({
  object: z.literal("response.input_tokens"),
  input_tokens: z.int(),
});

export const compaction = z.looseObject({
  id: z.string(),
  object: z.literal("response.compaction"),
  created_at: seconds,
  output: z.array(z.looseObject({
    type: z.literal("compaction"),
    id: z.string(),
    encrypted_content: z.string().describe("Names the state that has read everything."),
  })),
  usage: responseUsage,
});

export const response = z.looseObject({
  id: z.string(),
  object: z.literal("response"),
  created_at: seconds,
  completed_at: seconds.nullable(),
  status: z.string(),
  model: z.string(),
  previous_response_id: z.string().nullable(),
  instructions: z.string().nullable(),
  output: z.array(z.looseObject({ type: z.string() })),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  usage: responseUsage.nullable(),
});

export const responseEvent = z.union([
  z.looseObject({
    type: z.enum([
      "response.created",
      "response.queued",
      "response.in_progress",
      "response.completed",
      "response.incomplete",
      "response.failed",
    ]),
    sequence_number: z.int(),
    response,
  }),
  z.looseObject({
    type: z.enum(["response.output_item.added", "response.output_item.done"]),
    sequence_number: z.int(),
    output_index: z.int(),
    item: z.looseObject({ type: z.string() }),
  }),
  z.looseObject({
    type: z.string().regex(
      /^(response\.(content_part|output_text|reasoning_text|function_call_arguments)\.|error$)/,
    ),
    sequence_number: z.int(),
  }),
]);

export const stateSummary = z.looseObject({
  id: z.string(),
  object: z.literal("response.state"),
  version: z.string().describe("The version of RWKV."),
  bytes: z.int().describe("Bytes of the state in float32, however many tokens it has read."),
  tokens: z.int().describe("Tokens that the state has read."),
  wkv: z.array(z.array(z.number())).describe(
    "Root mean square of each head's matrix, by layer and head. For RWKV-4, of the average of the values in each of 16 groups of channels.",
  ),
  shift: z.array(z.array(z.number())).describe(
    "Root mean square of what time mix and channel mix saw at the last token, by layer.",
  ),
});
