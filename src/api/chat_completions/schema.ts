import { z } from "zod";
import { MAX_CHOICES } from "../answers/choices.ts";
import {
  clientNotes,
  limitFields,
  MAX_TOOLS,
  metadata,
  obfuscation,
  parsedByClient,
  refuseStrayStreamOptions,
  returnProgress,
  samplingFields,
  stops,
  strictStops,
  text,
  toolName,
} from "../requests/field_schemas.ts";
import { logitBias } from "../requests/logit_bias.ts";
import { jsonRecord } from "../../records/json_record.ts";
import type { ToolRequest } from "../../prompt/tools.ts";
import type { AnswerSchema } from "../tools/grammars.ts";
import { apiRole, refuseBlank, type SentMessage, textOf, toRole } from "../requests/messages.ts";
import { CONSTRAINTS } from "../requests/answer_format.ts";
import type { RequestKind } from "../requests/accept.ts";
import { refuseDifferences } from "../requests/sampling.ts";
import { OPEN_SHAPES } from "../requests/open_shapes.ts";
import { effortField, thinkingField } from "../requests/thinking.ts";
import { impossible, none, unsupported } from "../requests/unsupported.ts";
import { conversationField, refuseInConversation } from "./conversation_field.ts";
import { translateChat } from "./translate.ts";

/** What OpenAI's messages may carry besides their text. Assistant messages come back as they were sent out. */
const NOT_BUILT_IN_MESSAGES = {
  refusal: unsupported(),
  annotations: unsupported(none),
  audio: unsupported(),
  function_call: unsupported(),
};

/** What chat completions define and Tern has not built, with the values that ask for nothing. */
const NOT_BUILT = {
  audio: unsupported(),
  function_call: unsupported(z.enum(["none", "auto"])),
  functions: unsupported(none),
  modalities: impossible(z.tuple([z.literal("text")])),
  moderation: unsupported(),
  prediction: unsupported(),
  prompt_cache_options: unsupported(),
  service_tier: unsupported(z.enum(["auto", "default"])),
  verbosity: unsupported(z.literal("medium")),
  web_search_options: unsupported(),
  // Not OpenAI's: texts that the answer is to be about.
  documents: impossible(none),
  ...CONSTRAINTS,
};

const textPart = z.strictObject({ type: z.literal("text"), text });

const message = z.strictObject({
  role: z.enum([...apiRole.options, "tool"]),
  content: z.union([text, z.array(textPart).min(1)]),
  // Ollama's. The model cannot see them.
  images: impossible(none),
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
  // DeepSeek's and Mistral's sign of a message to continue. The last one is continued without it.
  prefix: z.boolean().nullish(),
  // Thoughts come back as they were given out, and are not read again.
  reasoning_content: z.string().nullish(),
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
}).transform(({ role, content, tool_calls, tool_call_id }): SentMessage => {
  const text = textOf({ content });
  if (role === "tool") {
    return {
      role: "user",
      text,
      result: { type: "result", callId: tool_call_id ?? "", output: text },
    };
  }
  const said = { role: toRole(role), text };
  if (!tool_calls?.length) return said;
  return { ...said, calls: tool_calls.map(({ id, function: fn }) => ({ ...fn, id })) };
});

/** The first messages with results of calls that were not made before them, each with its place. */
export function strayResults(
  messages: readonly SentMessage[],
): { readonly callId: string; readonly index: number }[] {
  const made = new Set<string>();
  return messages.flatMap(({ calls = [], result }, index) => {
    for (const { id } of calls) made.add(id);
    return result === undefined || made.has(result.callId)
      ? []
      : [{ callId: result.callId, index }];
  });
}

/** Refuses contradictions about whether the answer continues the last message. */
function refusePrefill(
  request: {
    readonly messages: readonly SentMessage[];
    readonly continue_final_message?: boolean | null | undefined;
    readonly add_generation_prompt?: boolean | null | undefined;
  },
  context: z.RefinementCtx,
): void {
  // Messages with issues of their own are not what their type says.
  if (context.issues.length > 0) return;
  const refuse = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const { messages, continue_final_message: continued, add_generation_prompt: added } = request;
  if (continued && added) {
    refuse(["add_generation_prompt"], "it cannot be true together with 'continue_final_message'");
  }
  const last = messages.at(-1);
  if (last?.role !== "assistant") {
    const message = "only a last message of the assistant can be continued";
    if (continued) refuse(["continue_final_message"], message);
    else if (added === false) refuse(["add_generation_prompt"], message);
  }
}

/** Whether the answer is a message of its own, after one of the assistant that it would continue otherwise. */
export function startsNewAnswer(
  { continue_final_message: continued, add_generation_prompt: added }: {
    readonly continue_final_message?: boolean | null | undefined;
    readonly add_generation_prompt?: boolean | null | undefined;
  },
): boolean {
  return continued === false || (added === true && continued !== true);
}

/** Refuses calls as the last message: only their results can be answered. */
function refuseOpenCalls(messages: readonly SentMessage[], context: z.RefinementCtx): void {
  if (context.issues.length > 0 || !messages.at(-1)?.calls?.length) return;
  const message = "the results of the calls must follow";
  context.addIssue({ code: "custom", path: [messages.length - 1, "tool_calls"], message });
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

message.register(OPEN_SHAPES, {
  type: "object",
  required: ["role"],
  properties: {
    role: { enum: [...apiRole.options, "tool", "function", "functions"] },
    content: { type: ["string", "array", "object", "null"] },
  },
});

const tool = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: toolName,
    description: text.nullish(),
    parameters: jsonRecord(z.string(), z.unknown()).nullish(),
    // Whether the request is refused if the schema cannot be enforced as a whole.
    strict: z.boolean().nullish(),
  }),
});

tool.register(OPEN_SHAPES, { type: "object" });

const functionChoice = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({ name: z.string() }),
});

const toolChoice = z.union([
  z.discriminatedUnion("type", [
    functionChoice,
    z.strictObject({
      type: z.literal("allowed_tools"),
      mode: z.enum(["auto", "required"]),
      tools: z.array(functionChoice).min(1).max(MAX_TOOLS),
    }),
  ]),
  z.enum(["none", "auto", "required"]),
]);

toolChoice.register(OPEN_SHAPES, { type: ["string", "object"] });

const responseFormat = z.strictObject({
  type: z.enum(["text", "json_object", "json_schema"]),
  json_schema: z.strictObject({
    name: toolName,
    description: z.string().nullish(),
    schema: jsonRecord(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }).nullish(),
  // Of llama.cpp and others: the objects that `json_object` may be.
  schema: jsonRecord(z.string(), z.unknown()).nullish(),
}).superRefine(({ type, json_schema, schema }, context) => {
  if (schema && type !== "json_object") {
    const message = "it belongs to the type 'json_object'";
    context.addIssue({ code: "custom", path: ["schema"], message });
  }
  if ((type === "json_schema") === Boolean(json_schema)) return;
  const message = "it must be there when 'type' is 'json_schema', and only then";
  context.addIssue({ code: "custom", path: ["json_schema"], message });
});

responseFormat.register(OPEN_SHAPES, {
  type: "object",
  required: ["type"],
  properties: { type: { enum: ["text", "json_object", "json_schema"] } },
});

const messages = z.array(z.preprocess(withContent, message)).min(1);

/**
 * The body of `POST /v1/chat/completions`.
 *
 * Source: OpenAI API reference, "Create chat completion".
 */
export const chatCompletionRequest = z.strictObject({
  model: z.string(),
  messages: messages.superRefine(refuseOpenCalls),
  stream: z.boolean().nullish(),
  return_progress: returnProgress,
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    ...obfuscation,
  }).nullish(),
  reasoning_effort: effortField,
  thinking: thinkingField,
  ...limitFields,
  ...samplingFields,
  stop: stops,
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
  // vLLM's. The last message, if it is the assistant's, is continued unless they say otherwise.
  continue_final_message: z.boolean().nullish(),
  add_generation_prompt: z.boolean().nullish(),
  ...clientNotes,
  ...NOT_BUILT,
}).superRefine(refusePrefill).superRefine(refuseInConversation).superRefine((request, context) => {
  const { tools, tool_choice: choice } = request;
  if (!choice || choice === "none" || choice === "auto") return;
  const refuse = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  if (!tools?.length) return refuse(["tool_choice"], "there are no 'tools' to choose from");
  if (choice === "required") return;
  const names = choice.type === "function" ? [choice] : choice.tools;
  const unknown = names.find(({ function: { name } }) =>
    !tools.some((tool) => tool.function.name === name)
  );
  if (unknown) refuse(["tool_choice"], "the function is not among the 'tools'");
});

/** What is wrong with the result of a call that nobody made. */
export const NO_CALL = "no call of this id comes before it in 'tool_calls'";

/** What a strict server refuses besides: what has no effect, or contradicts itself. */
const strictRequest = chatCompletionRequest.safeExtend({
  messages: messages.superRefine(refuseBlank).superRefine(refuseOpenCalls),
  stop: strictStops,
}).superRefine(refuseStrayStreamOptions).superRefine(refuseDifferences).superRefine(
  (request, context) => {
    const refuse = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const { messages, tools, tool_choice: choice, response_format: format } = request;
    // What was called in a conversation is known there.
    for (const { index } of request.conversation ? [] : strayResults(messages)) {
      refuse(["messages", index, "tool_call_id"], NO_CALL);
    }
    if (messages.at(-1)?.role === "assistant" && !request.continue_final_message) {
      const path = ["messages", messages.length - 1, "role"];
      refuse(path, "the last message must be one to answer, not the assistant's own");
    }
    if (tools?.length && choice !== "none" && format && format.type !== "text") {
      refuse(
        ["response_format"],
        "it cannot go with 'tools' that may be called: set 'tool_choice' to 'none'",
      );
    }
    if (request.top_logprobs && !request.logprobs) {
      refuse(["top_logprobs"], "it is only allowed when 'logprobs' is true");
    }
    if (request.metadata && Object.keys(request.metadata).length > 0 && !request.store) {
      refuse(["metadata"], "it is only allowed when 'store' is true");
    }
  },
);

/** How requests for chat completions are understood. */
export const CHAT_COMPLETION: RequestKind<ChatCompletionRequest> = {
  name: "chat completion",
  schema: chatCompletionRequest,
  strict: strictRequest,
  translate: translateChat,
};

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
  const functions = tools.map((tool) => tool.function);
  const asked = { tools: functions, parallel: parallel ?? true };
  if (typeof choice !== "object" || choice === null) return { ...asked, choice: choice ?? "auto" };
  if (choice.type === "function") return { ...asked, choice: choice.function };
  const allowed = new Set(choice.tools.map((tool) => tool.function.name));
  return {
    ...asked,
    tools: functions.filter(({ name }) => allowed.has(name)),
    choice: choice.mode,
  };
}

/** The schema that the answer is held to, if one is asked for. */
export function answerSchema({ response_format: format }: ChatCompletionRequest): AnswerSchema {
  if (format?.type === "json_object") {
    const { schema } = format;
    return schema
      ? { schema: { type: "object", ...schema }, path: ["response_format", "schema"] }
      : { schema: { type: "object" }, path: ["response_format"] };
  }
  if (!format?.json_schema) return undefined;
  const { schema, strict } = format.json_schema;
  return { schema, strict, path: ["response_format", "json_schema", "schema"] };
}
