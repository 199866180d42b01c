import { z } from "zod";
import { obfuscation, refuseStrayStreamOptions, samplingFields, text } from "../fields.ts";
import { logitBias } from "../logit_bias.ts";
import { apiRole, refuseUnanswerable, toMessages } from "../messages.ts";
import { none, unsupported } from "../unsupported.ts";

/** What OpenAI's messages may carry besides their text. Assistant messages come back as they were sent out. */
const NOT_BUILT_IN_MESSAGES = {
  name: unsupported(),
  refusal: unsupported(),
  annotations: unsupported(none),
  audio: unsupported(),
  function_call: unsupported(),
  tool_calls: unsupported(none),
  tool_call_id: unsupported(),
};

/** What OpenAI's chat completions define and Tern has not built, with the values that ask for nothing. */
const NOT_BUILT = {
  audio: unsupported(),
  function_call: unsupported(z.enum(["none", "auto"])),
  functions: unsupported(none),
  metadata: unsupported(z.strictObject({})),
  modalities: unsupported(z.tuple([z.literal("text")])),
  moderation: unsupported(),
  parallel_tool_calls: unsupported(z.boolean()),
  prediction: unsupported(),
  prompt_cache_key: unsupported(),
  prompt_cache_options: unsupported(),
  prompt_cache_retention: unsupported(),
  reasoning_effort: unsupported(z.literal("none")),
  response_format: unsupported(z.strictObject({ type: z.literal("text") })),
  safety_identifier: unsupported(),
  service_tier: unsupported(z.enum(["auto", "default"])),
  store: unsupported(z.literal(false)),
  tool_choice: unsupported(z.enum(["none", "auto"])),
  tools: unsupported(none),
  user: unsupported(),
  verbosity: unsupported(z.literal("medium")),
  web_search_options: unsupported(),
};

const textPart = z.strictObject({ type: z.literal("text"), text });

const message = z.strictObject({
  role: apiRole,
  content: z.union([text, z.array(textPart).min(1)]),
  ...NOT_BUILT_IN_MESSAGES,
});

/** Answers to one request. Each takes a place among the turns that run. */
const MAX_CHOICES = 8;

const tokens = z.int().min(1).nullish();

/**
 * The body of `POST /v1/chat/completions`. Whatever is not named here is refused.
 *
 * Source: OpenAI API reference, "Create chat completion".
 */
export const chatCompletionRequest = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1).superRefine(refuseUnanswerable).transform(toMessages),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    ...obfuscation,
  }).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  ...samplingFields,
  stop: z.union([text.min(1), z.array(text.min(1)).max(4)]).nullish(),
  seed: z.int().nullish(),
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  logit_bias: logitBias.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  ...NOT_BUILT,
}).superRefine(refuseStrayStreamOptions).superRefine((request, context) => {
  if (request.top_logprobs && !request.logprobs) {
    context.addIssue({
      code: "custom",
      path: ["top_logprobs"],
      message: "it is only allowed when 'logprobs' is true",
    });
  }
  const limit = request.max_completion_tokens ?? request.max_tokens;
  if (limit === (request.max_tokens ?? limit)) return;
  context.addIssue({
    code: "custom",
    path: ["max_tokens"],
    message: "it differs from 'max_completion_tokens', which means the same",
  });
});

/** A valid request for a chat completion. */
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequest>;
