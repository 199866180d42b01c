import { z } from "zod";

/** Seconds since the epoch. */
const seconds = z.int();

/** OpenAI's error envelope. */
export const errorEnvelope = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe("The field at fault."),
    code: z.string().nullable(),
  }),
});

export const description = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

export const health = z.looseObject({ status: z.literal("ok"), version: z.string().optional() });

export const model = z.looseObject({
  id: z.string(),
  object: z.literal("model"),
  created: seconds,
  owned_by: z.string(),
  max_output_tokens: z.int().describe("Tokens of an answer at the most, whatever is asked for."),
  default_sampling: z.record(z.string(), z.number())
    .describe("How requests are answered that do not say, in the names of their fields."),
});

export const modelList = z.looseObject({ object: z.literal("list"), data: z.array(model) });

const CACHED = "Tokens that the resumed state had read already.";
const WRITTEN = "Tokens that were read anew into states that the server keeps.";

export const chatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: seconds,
  model: z.string(),
  system_fingerprint: z.string(),
  choices: z.array(z.looseObject({
    index: z.int(),
    message: z.looseObject({ role: z.literal("assistant"), content: z.string().nullable() }),
    finish_reason: z.string(),
  })),
  usage: z.looseObject({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: z.looseObject({
      cached_tokens: z.int().describe(CACHED),
      cache_write_tokens: z.int().describe(WRITTEN),
    }),
  }),
});

const responseUsage = z.looseObject({
  input_tokens: z.int(),
  input_tokens_details: z.looseObject({
    cached_tokens: z.int().describe(CACHED),
    cache_write_tokens: z.int().describe(WRITTEN),
  }),
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

export const conversation = z.looseObject({
  id: z.string(),
  object: z.literal("conversation"),
  created_at: seconds,
  metadata: z.record(z.string(), z.string()),
  title: z.string().nullable().describe("As it was given, or else how the conversation begins."),
  updated_at: seconds.describe("When something was last said in it."),
});

export const conversationItem = z.discriminatedUnion("type", [
  z.looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.string(),
    content: z.array(z.looseObject({ type: z.string(), text: z.string() })),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("ingested_text"),
    role: z.string(),
    bytes: z.int(),
    tokens: z.int(),
    sha256: z.string(),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("function_call_output"),
    call_id: z.string(),
    output: z.string(),
  }),
]);

export const conversationTree = z.looseObject({
  id: z.string(),
  object: z.literal("conversation.tree"),
  head: z.string().nullable().describe("The response that the next one continues."),
  running: z.string().nullable().describe("The response that is being made."),
  pending: z.array(conversationItem)
    .describe("What was added after the head, the text of a stopped answer included."),
  data: z.array(z.looseObject({
    id: z.string(),
    object: z.literal("conversation.response"),
    parent: z.string().nullable().describe("The response that this one continues."),
    created_at: seconds,
    status: z.enum(["completed", "incomplete"]),
    instructions: z.string().nullable(),
    tokens: z.int().describe("Tokens that the state after it has read in all."),
    usage: responseUsage.nullable(),
    items: z.array(conversationItem).describe("The new messages of the turn, then its answer."),
  })).describe("Every finished response, parents before children."),
});

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

export const ingestState = z.looseObject({
  id: z.string(),
  object: z.literal("conversation.ingest"),
  status: z.enum(["in_progress", "paused", "completed"]),
  offset: z.int().describe("Bytes that are read and durable: the next one to send."),
  tokens: z.int(),
  sha256: z.string().optional(),
  item_id: z.string().optional(),
  response_id: z.string().optional(),
});

export const deleted = z.object({
  id: z.string(),
  object: z.string(),
  deleted: z.literal(true),
});

export const page = z.object({
  object: z.literal("list"),
  data: z.array(z.looseObject({ id: z.string() })),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});

export const conversationPage = page.extend({
  data: z.array(conversation),
  next: z.string().nullable().describe("To go on after this page, with `after`."),
});

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

export const tokenList = z.object({
  tokens: z.array(z.union([
    z.int(),
    z.object({ id: z.int(), piece: z.union([z.string(), z.array(z.int())]) }),
  ])),
  count: z.int(),
  max_model_len: z.null().describe("A recurrent model has no longest text."),
  token_strs: z.array(z.string()).nullable(),
});

export const tokenText = z.object({ content: z.string(), prompt: z.string() });

/** Of a stream that fails, the last event is an error. */
export const chatCompletionChunk = z.union([
  z.looseObject({
    id: z.string(),
    object: z.literal("chat.completion.chunk"),
    created: seconds,
    model: z.string(),
    choices: z.array(z.looseObject({
      index: z.int(),
      delta: z.looseObject({ content: z.string().nullish() }),
      finish_reason: z.string().nullable(),
    })),
  }),
  errorEnvelope,
]);

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
      /^(response\.(content_part|output_text|function_call_arguments)\.|error$)/,
    ),
    sequence_number: z.int(),
  }),
]);

export const ingestEvent = z.union([ingestState, errorEnvelope]);
