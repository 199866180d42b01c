import { z } from "zod";
import { jsonRecord } from "../../records/json_record.ts";
import {
  clientNotes,
  isBlank,
  limitFields,
  MAX_TOOLS,
  metadata,
  obfuscation,
  refuseStrayStreamOptions,
  returnProgress,
  samplingFields,
  stops,
  strictStops,
  text,
  toolName,
} from "../requests/field_schemas.ts";
import type { RequestKind } from "../requests/accept.ts";
import { refuseDifferences } from "../requests/sampling.ts";
import { OPEN_SHAPES } from "../requests/open_shapes.ts";
import { CONSTRAINTS } from "../requests/answer_format.ts";
import { effortField, thinkingField } from "../requests/thinking.ts";
import { impossible, none, unsupported } from "../requests/unsupported.ts";
import { INCLUDABLE, MAX_INCLUDED, STATE_CONTENT } from "./include.ts";
import {
  type InputItem,
  inputItem,
  isReference,
  isState,
  refuseBlank,
  refuseLateCompaction,
  refuseState,
  refuseUnanswerable,
} from "./items.ts";
import { translateReading, translateResponse } from "./translate.ts";

/** Characters of an input string. Source: Open Responses. */
const MAX_INPUT = 10_485_760;

/** What OpenAI's and Open Responses' bodies define and Tern has not built, with the values that ask for nothing. */
const NOT_BUILT = {
  ...CONSTRAINTS,
  access_programs: unsupported(),
  // There is no window that could become full: a state has one size, whatever it has read.
  context_management: unsupported(none),
  image: unsupported(),
  moderation: unsupported(),
  // A template that is stored at OpenAI.
  prompt: impossible(),
  prompt_cache_options: unsupported(),
  service_tier: unsupported(z.enum(["auto", "default"])),
};

/** How much a model is to think before it answers. */
const thinkingFields = {
  reasoning: z.strictObject({
    effort: effortField,
    // What was thought is told itself.
    summary: unsupported(),
  }).nullish(),
  thinking: thinkingField,
};

/** An input that is one message of the user. */
const inputText = text.max(MAX_INPUT);
const strictText = inputText.refine((value) => !isBlank(value), "it must not be blank");

const items = z.array(inputItem);
const input = z.union([inputText, items.superRefine(refuseUnanswerable)]).nullish();
const strictInput = z.union([
  strictText,
  items.superRefine(refuseBlank).superRefine(refuseUnanswerable),
]).nullish();

const instructions = text
  .refine((value) => value === "" || !isBlank(value), "it must not be blank").nullish();

const previousResponseId = z.string()
  .refine((id) => /^[\w-]{1,128}$/.test(id), "it is not the id of a response").nullish();

const conversationId = z.string()
  .refine((id) => /^[\w-]{1,128}$/.test(id), "it is not the id of a conversation");

const conversation = z.union([conversationId, z.strictObject({ id: conversationId })])
  .transform((value) => typeof value === "string" ? value : value.id).nullish();

const tool = z.strictObject({
  type: z.literal("function"),
  name: toolName,
  description: text.nullish(),
  parameters: jsonRecord(z.string(), z.unknown()).nullish(),
  // Whether the request is refused if the schema cannot be enforced as a whole.
  strict: z.boolean().nullish(),
});

const functionChoice = z.strictObject({ type: z.literal("function"), name: z.string() });

tool.register(OPEN_SHAPES, { type: "object" });

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

const format = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    name: toolName,
    description: z.string().nullish(),
    schema: jsonRecord(z.string(), z.unknown()),
    // Whether the request is refused if the schema cannot be enforced as a whole.
    strict: z.boolean().nullish(),
  }),
]);

toolChoice.register(OPEN_SHAPES, { type: ["string", "object"] });
format.register(OPEN_SHAPES, {
  type: "object",
  required: ["type"],
  properties: { type: { enum: ["text", "json_object", "json_schema"] } },
});

/** What decides what the model reads. */
const contextFields = {
  instructions,
  previous_response_id: previousResponseId,
  conversation,
  tools: z.array(tool).max(MAX_TOOLS).superRefine(refuseSameNames).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.strictObject({
    format: format.nullish(),
    verbosity: unsupported(z.literal("medium")),
  }).nullish(),
  // Nothing is ever dropped from a recurrent state, so both hold.
  truncation: z.enum(["auto", "disabled"]).nullish(),
};

/** Refuses a request that has nothing to read or to continue. */
function refuseNothing(request: Context, context: z.RefinementCtx): void {
  const { input, previous_response_id: previous, conversation } = request;
  if (previous || conversation || input?.length) return;
  const path = ["input"];
  if (input) context.addIssue({ code: "custom", path, message: "there is nothing to read" });
  else context.addIssue({ code: "invalid_type", path, expected: "string", input });
}

/** Refuses a request of which nothing says what is to answer it: neither itself nor what it continues. */
function refuseNoModel(
  request: Context & { readonly model?: string | null | undefined },
  context: z.RefinementCtx,
): void {
  const { model, previous_response_id: previous, conversation } = request;
  if (previous || conversation || typeof model === "string") return;
  context.addIssue({ code: "invalid_type", path: ["model"], expected: "string", input: model });
}

/** All that a response may be asked for. */
const fields = {
  // Absent: the model of what is continued.
  model: z.string().nullish(),
  input,
  ...contextFields,
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject(obfuscation).nullish(),
  ...thinkingFields,
  // The specification asks for 16 at least; its own clients and suites send fewer.
  ...limitFields,
  ...samplingFields,
  // Not OpenAI's, as with chat completions.
  stop: stops,
  // Not OpenAI's: the same seed gives the same answer.
  seed: z.int().nullish(),
  // vLLM's: whether the answer goes on with the last message, which is the assistant's.
  continue_final_message: z.boolean().nullish(),
  metadata: metadata.nullish(),
  include: z.array(z.enum([...INCLUDABLE, STATE_CONTENT])).max(MAX_INCLUDED).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  // Of tools that the server has of its own. It has none, so that any limit holds.
  max_tool_calls: z.int().min(1).nullish(),
  ...clientNotes,
  ...NOT_BUILT,
};

/** What of a request is looked at together. */
type Context = Partial<z.infer<z.ZodObject<typeof contextFields>>> & {
  readonly input?: z.infer<typeof input> | null | undefined;
};

function hasState({ input }: Context): boolean {
  return Array.isArray(input) && input.some(isState);
}

/** Refuses what contradicts itself in what is to be kept. */
function refuseKeeping(
  request: Context & Partial<Record<"store" | "background", boolean | null | undefined>> & {
    readonly include?: readonly string[] | null | undefined;
  },
  context: z.RefinementCtx,
): void {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (request.store === false) {
    if (request.background) refuse("background", "a response that is not stored cannot be fetched");
    if (request.conversation) refuse("conversation", "a response of a conversation is stored");
    return;
  }
  if (hasState(request)) {
    refuse("store", "what goes on from a sealed state is not stored: it must be false");
  }
  if (request.include?.includes(STATE_CONTENT)) {
    refuse("include", "a state is sealed for its client only when 'store' is false");
  }
}

/** Refuses what contradicts itself in what the model is to read. */
function refuseContradictions(request: Context, context: z.RefinementCtx): void {
  const refuse = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const { tools, tool_choice: choice } = request;
  if (request.conversation && request.previous_response_id) {
    refuse(["conversation"], "it cannot be given together with 'previous_response_id'");
  }
  const [first] = Array.isArray(request.input) ? request.input : [];
  if (first && isReference(first) && first.type === "compaction") {
    const field = request.conversation ? "conversation" : "previous_response_id";
    if (request[field]) refuse([field], "it cannot be given together with a compaction");
  }
  if (hasState(request) && request.previous_response_id) {
    refuse(["previous_response_id"], "it cannot be given together with a sealed state");
  }
  if (!choice || choice === "none" || choice === "auto") return;
  if (!tools?.length) return refuse(["tool_choice"], "there are no 'tools' to choose from");
  if (choice === "required") return;
  const names = choice.type === "function" ? [choice] : choice.tools;
  const unknown = names.findIndex(({ name }) => !tools.some((tool) => tool.name === name));
  if (unknown < 0) return;
  const path = choice.type === "function" ? ["name"] : ["tools", unknown, "name"];
  refuse(["tool_choice", ...path], "the function is not among the 'tools'");
}

function refuseSameNames(
  tools: readonly z.infer<typeof tool>[],
  context: z.RefinementCtx,
): void {
  const names = tools.map(({ name }) => name);
  const again = names.findIndex((name, index) => names.indexOf(name) < index);
  if (again === -1) return;
  context.addIssue({
    code: "custom",
    path: [again, "name"],
    message: "another function has this name",
  });
}

/**
 * The body of `POST /v1/responses`.
 *
 * Source: Open Responses, 2026-04-24; OpenAI API reference, "Create a model response".
 */
export const responsesRequest = z.strictObject({ ...fields, return_progress: returnProgress })
  .superRefine(refuseNoModel)
  .superRefine(refuseNothing)
  .superRefine(refuseContradictions)
  .superRefine(refuseKeeping);

/** A valid request for a response. */
export type ResponsesRequest = z.infer<typeof responsesRequest>;

/** How requests for responses are understood. */
export const RESPONSE: RequestKind<ResponsesRequest> = {
  name: "response",
  schema: responsesRequest,
  strict: responsesRequest.safeExtend({ input: strictInput, stop: strictStops })
    .superRefine(refuseStrayStreamOptions)
    .superRefine(refuseDifferences)
    .superRefine(refuseOwn),
  translate: translateResponse,
};

/** Refuses an answer to what the assistant said itself, unless it is to go on with that. */
function refuseOwn(
  { input, continue_final_message: continues }: Pick<
    ResponsesRequest,
    "input" | "continue_final_message"
  >,
  context: z.RefinementCtx,
): void {
  const last = Array.isArray(input) ? input.at(-1) : undefined;
  if (continues || last === undefined || !isOwn(last)) return;
  context.addIssue({
    code: "custom",
    path: ["input", input!.length - 1, "role"],
    message: "the last item must be one to answer, not the assistant's own",
  });
}

/** Whether an item is what the assistant said or called. */
function isOwn(item: InputItem): boolean {
  return "type" in item ? item.type === "call" : item.role === "assistant";
}

/**
 * A message of a socket that asks for a response: what is posted otherwise. It is streamed whatever it says of that.
 *
 * Source: OpenAI API, "WebSocket mode".
 */
const socketRequest = z.strictObject({
  ...fields,
  type: z.literal("response.create"),
  // Whether there is to be an answer, or the input is only read.
  generate: z.boolean().nullish(),
  stream: z.literal(true).nullish(),
  // Events of a socket are those of an answer that is waited for.
  background: impossible(z.literal(false)),
})
  .superRefine(refuseNoModel)
  .superRefine(refuseNothing)
  .superRefine(refuseContradictions)
  .superRefine(refuseKeeping);

/** How messages of sockets are understood. */
export const SOCKET_MESSAGE: RequestKind<SocketRequest> = {
  schema: socketRequest,
  strict: socketRequest.safeExtend({ input: strictInput }).superRefine(refuseDifferences)
    .superRefine(refuseOwn),
  translate: translateResponse,
};

/** A valid message that asks for a response. */
export type SocketRequest = z.infer<typeof socketRequest>;

/** An input that need not be one to answer. */
const anyItems = items.superRefine(refuseLateCompaction).superRefine(refuseState);
const anyInput = z.union([inputText, anyItems]);
const strictAnyInput = z.union([strictText, anyItems.superRefine(refuseBlank)]).nullish();

/**
 * The body of `POST /v1/responses/input_tokens`.
 *
 * Source: OpenAI API reference, "Get input token counts".
 */
export const inputTokensRequest = z.strictObject({
  ...contextFields,
  model: z.string().nullish(),
  input: anyInput.nullish(),
  personality: unsupported(),
  ...thinkingFields,
}).superRefine(refuseContradictions).superRefine(refuseNothing);

/** How requests for the number of tokens are understood. */
export const INPUT_TOKENS: RequestKind<z.infer<typeof inputTokensRequest>> = {
  name: "input tokens",
  schema: inputTokensRequest,
  strict: inputTokensRequest.safeExtend({ input: strictAnyInput }),
  translate: translateReading,
};

/**
 * The body of `POST /v1/responses/compact`. The tools are not OpenAI's: they are part of what is read.
 *
 * Source: Open Responses, 2026-04-24; OpenAI API reference, "Compact a response".
 */
export const compactRequest = z.strictObject({
  model: z.string(),
  input: anyInput.nullish(),
  instructions,
  previous_response_id: previousResponseId,
  tools: contextFields.tools,
  prompt_cache_key: clientNotes.prompt_cache_key,
  prompt_cache_options: unsupported(),
  prompt_cache_retention: clientNotes.prompt_cache_retention,
  service_tier: NOT_BUILT.service_tier,
}).superRefine(refuseContradictions).superRefine(refuseNothing);

/** How requests for compactions are understood. */
export const COMPACT: RequestKind<z.infer<typeof compactRequest>> = {
  name: "compaction",
  schema: compactRequest,
  strict: compactRequest.safeExtend({ input: strictAnyInput }),
  translate: translateReading,
};
