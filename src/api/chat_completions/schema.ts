import { z } from "zod";
import { MAX_CHOICES } from "../choices.ts";
import {
  clientNotes,
  isBlank,
  metadata,
  obfuscation,
  parsedByClient,
  refuseStrayStreamOptions,
  samplingFields,
  text,
} from "../fields.ts";
import { logitBias } from "../logit_bias.ts";
import { writeCalls } from "../../chat/tool_format.ts";
import {
  type AnswerSchema,
  MAX_TOOLS,
  toolName,
  type ToolRequest,
  toolResult,
} from "../tools/tools.ts";
import { type ApiMessage, apiRole, refuseUnanswerable, textOf, toMessages } from "../messages.ts";
import { none, unsupported } from "../unsupported.ts";
import { conversationField, refuseInConversation } from "./conversation_field.ts";

/** What OpenAI's messages may carry besides their text. Assistant messages come back as they were sent out. */
const NOT_BUILT_IN_MESSAGES = {
  refusal: unsupported(),
  annotations: unsupported(none),
  audio: unsupported(),
  function_call: unsupported(),
};

/** What OpenAI's chat completions define and Tern has not built, with the values that ask for nothing. */
const NOT_BUILT = {
  audio: unsupported(),
  function_call: unsupported(z.enum(["none", "auto"])),
  functions: unsupported(none),
  modalities: unsupported(z.tuple([z.literal("text")])),
  moderation: unsupported(),
  prediction: unsupported(),
  prompt_cache_options: unsupported(),
  reasoning_effort: unsupported(z.literal("none")),
  service_tier: unsupported(z.enum(["auto", "default"])),
  verbosity: unsupported(z.literal("medium")),
  web_search_options: unsupported(),
};

const textPart = z.strictObject({ type: z.literal("text"), text });

/** A message, with the ids of calls that it makes, or the one of the call that it is the result of. */
type ChatMessage = ApiMessage & {
  readonly made?: readonly string[];
  readonly resultOf?: string | undefined;
};

const message = z.strictObject({
  role: z.enum([...apiRole.options, "tool"]),
  content: z.union([text, z.array(textPart).min(1)]),
  tool_calls: z.array(z.strictObject({
    id: z.string(),
    type: z.literal("function"),
    function: z.strictObject({
      name: toolName,
      arguments: text,
      ...parsedByClient("parsed_arguments"),
    }),
  })).max(MAX_TOOLS).nullish(),
  tool_call_id: z.string().max(256).nullish(),
  // Of the function whose result this is: some clients repeat it, and nothing follows from it.
  name: toolName.nullish(),
  ...parsedByClient("parsed"),
  ...NOT_BUILT_IN_MESSAGES,
}).superRefine(({ role, tool_calls, tool_call_id, name, parsed }, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (tool_calls?.length && role !== "assistant") refuse("tool_calls", "only the assistant calls");
  if (parsed !== undefined && role !== "assistant") refuse("parsed", "only answers are parsed");
  if (typeof tool_call_id === "string" && role !== "tool") {
    refuse("tool_call_id", "it belongs to messages of the role 'tool'");
  }
  if (typeof name === "string" && role !== "tool") {
    context.addIssue({
      code: "custom",
      path: ["name"],
      params: { code: "unsupported_parameter" },
    });
  }
  if (role === "tool" && typeof tool_call_id !== "string") {
    refuse("tool_call_id", "it must name the call that this is the result of");
  }
}).transform(({ role, content, tool_calls, tool_call_id }): ChatMessage => {
  const said = textOf({ content });
  if (role === "tool") {
    return { role: "user", content: toolResult(said), resultOf: tool_call_id ?? undefined };
  }
  if (!tool_calls?.length) return { role, content };
  // An answer is text or calls. What was said beside them comes first.
  const calls = writeCalls(tool_calls.map((call) => call.function));
  return {
    role,
    content: isBlank(said) ? calls : `${said}\n${calls}`,
    made: tool_calls.map(({ id }) => id),
  };
});

/** Refuses results of calls that were not made before them. */
function refuseStrayResults(messages: readonly ChatMessage[], context: z.RefinementCtx): void {
  const made = new Set<string>();
  for (const [index, { made: calls = [], resultOf }] of messages.entries()) {
    for (const id of calls) made.add(id);
    if (resultOf === undefined || made.has(resultOf)) continue;
    const message = "no call of this id comes before it in 'tool_calls'";
    context.addIssue({ code: "custom", path: [index, "tool_call_id"], message });
  }
}

/** A message of the assistant that only calls has no content. */
function withContent(message: unknown): unknown {
  const only = calling.safeParse(message);
  return only.success ? { ...only.data, content: "" } : message;
}

const calling = z.looseObject({
  role: z.literal("assistant"),
  tool_calls: z.array(z.unknown()).min(1),
  content: z.null().optional(),
});

const tool = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: toolName,
    description: text.nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    // Calls always are what the schema says.
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({
    type: z.literal("function"),
    function: z.strictObject({ name: z.string() }),
  }),
]);

const responseFormat = z.strictObject({
  type: z.enum(["text", "json_object", "json_schema"]),
  json_schema: z.strictObject({
    name: toolName,
    description: z.string().nullish(),
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }).nullish(),
}).superRefine(({ type, json_schema }, context) => {
  if ((type === "json_schema") === Boolean(json_schema)) return;
  const message = "it must be there when 'type' is 'json_schema', and only then";
  context.addIssue({ code: "custom", path: ["json_schema"], message });
});

const tokens = z.int().min(1).nullish();

/**
 * The body of `POST /v1/chat/completions`. Whatever is not named here is refused.
 *
 * Source: OpenAI API reference, "Create chat completion".
 */
export const chatCompletionRequest = z.strictObject({
  model: z.string(),
  messages: z.array(z.preprocess(withContent, message)).min(1).superRefine(refuseUnanswerable)
    .superRefine(refuseStrayResults).transform(toMessages),
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
  tools: z.array(tool).max(MAX_TOOLS).superRefine(refuseSameNames).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  logit_bias: logitBias.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  store: z.boolean().nullish(),
  ...conversationField,
  metadata: metadata.nullish(),
  ...clientNotes,
  ...NOT_BUILT,
}).superRefine(refuseStrayStreamOptions).superRefine(refuseInConversation).superRefine((
  request,
  context,
) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  const { tools, tool_choice: choice, response_format: format } = request;
  if (choice && choice !== "none" && choice !== "auto") {
    if (!tools?.length) refuse("tool_choice", "there are no 'tools' to choose from");
    else if (
      choice !== "required" && !tools.some((tool) => tool.function.name === choice.function.name)
    ) {
      refuse("tool_choice", "the function is not among the 'tools'");
    }
  }
  if (tools?.length && choice !== "none" && format && format.type !== "text") {
    refuse(
      "response_format",
      "it cannot go with 'tools' that may be called: set 'tool_choice' to 'none'",
    );
  }
  if (request.top_logprobs && !request.logprobs) {
    refuse("top_logprobs", "it is only allowed when 'logprobs' is true");
  }
  if (request.metadata && Object.keys(request.metadata).length > 0 && !request.store) {
    refuse("metadata", "it is only allowed when 'store' is true");
  }
  const limit = request.max_completion_tokens ?? request.max_tokens;
  if (limit === (request.max_tokens ?? limit)) return;
  refuse("max_tokens", "it differs from 'max_completion_tokens', which means the same");
});

function refuseSameNames(
  tools: readonly z.infer<typeof tool>[],
  context: z.RefinementCtx,
): void {
  const names = tools.map((tool) => tool.function.name);
  const again = names.findIndex((name, index) => names.indexOf(name) < index);
  if (again === -1) return;
  context.addIssue({
    code: "custom",
    path: [again, "function", "name"],
    message: "another function has this name",
  });
}

/** A valid request for a chat completion. */
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequest>;

/** What is asked of tools, unless none may be called. */
export function toolRequest(request: ChatCompletionRequest): ToolRequest | undefined {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = request;
  if (!tools?.length || choice === "none") return undefined;
  return {
    tools: tools.map((tool) => tool.function),
    choice: typeof choice === "object" && choice !== null ? choice.function : choice ?? "auto",
    parallel: parallel ?? true,
  };
}

/** The schema that the answer is held to, if one is asked for. */
export function answerSchema({ response_format: format }: ChatCompletionRequest): AnswerSchema {
  if (format?.type === "json_object") {
    return { schema: { type: "object" }, path: ["response_format"] };
  }
  if (!format?.json_schema) return undefined;
  return { schema: format.json_schema.schema, path: ["response_format", "json_schema", "schema"] };
}
