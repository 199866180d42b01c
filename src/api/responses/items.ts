import { z } from "zod";
import type { Message, ToolUse } from "../../prompt/message.ts";
import { isBlank, parsedByClient, text, toolName } from "../requests/field_schemas.ts";
import { apiRole, textOf, toRole } from "../requests/messages.ts";
import { TOOL_FORMATS, type ToolFormat } from "../../prompt/tool_format.ts";
import { toolMessage } from "../../prompt/tools.ts";
import { OPEN_SHAPES } from "../requests/open_shapes.ts";
import { none, unsupported } from "../requests/unsupported.ts";

/** An item of the input that stands for others. */
export type Reference =
  /** For an item that a stored response gave out. */
  | { readonly type: "reference"; readonly id: string }
  /** For all that a compaction has read. */
  | { readonly type: "compaction"; readonly response: string }
  /** For all that a sealed state has read, which is what came before it. */
  | { readonly type: "state"; readonly sealed: string }
  /** For nothing: no model reads again what was thought. */
  | { readonly type: "thoughts" };

/** An item that can be kept by itself. Calls and results are worded by {@linkcode asMessage}. */
export type SentItem = Message | ToolUse;

/** An item of the input. */
export type InputItem = SentItem | Reference;

const part = z.strictObject({
  type: z.enum(["input_text", "output_text"]),
  text,
  annotations: unsupported(none),
  // As they were given out. They say nothing to the model.
  logprobs: z.array(z.unknown()).nullish(),
  ...parsedByClient("parsed"),
});

/** What clients call an item, and how far it got: as it was given out. */
const named = {
  id: z.string().max(128).nullish(),
  status: z.enum(["in_progress", "completed", "incomplete"]).nullish(),
};

const message = z.strictObject({
  type: z.literal("message").optional(),
  role: apiRole,
  content: z.union([text, z.array(part).min(1)]),
  ...named,
  // Of the assistant's: whether it was said on the way or at the end. It is kept and told, and the model does not read it.
  phase: z.enum(["commentary", "final_answer"]).nullish(),
}).superRefine(({ role, content, phase }, context) => {
  const type = role === "assistant" ? "output_text" : "input_text";
  const other = typeof content === "string" ? -1 : content.findIndex((part) => part.type !== type);
  if (other >= 0) {
    context.addIssue({
      code: "custom",
      path: ["content", other, "type"],
      message: `the content of the role '${role}' is of type '${type}'`,
    });
  }
  if (phase && role !== "assistant") {
    context.addIssue({
      code: "custom",
      path: ["phase"],
      params: { code: "unsupported_parameter", hint: true },
    });
  }
}).transform(({ role, content, phase }): Message => ({
  role: toRole(role),
  text: textOf({ content }),
  ...phase ? { phase } : {},
}));

const callId = z.string().min(1).max(64);

const functionCall = z.strictObject({
  type: z.literal("function_call"),
  call_id: callId,
  name: toolName,
  arguments: text,
  ...named,
  ...parsedByClient("parsed_arguments"),
}).transform(({ call_id, name, arguments: json }): ToolUse => ({
  type: "call",
  callId: call_id,
  name,
  arguments: json,
}));

const functionCallOutput = z.strictObject({
  type: z.literal("function_call_output"),
  call_id: callId,
  output: z.union([text, z.array(z.strictObject({ type: z.literal("input_text"), text }))]),
  ...named,
}).transform(({ call_id, output }): ToolUse => ({
  type: "result",
  callId: call_id,
  output: textOf({ content: output }),
}));

const itemReference = z.strictObject({
  type: z.literal("item_reference"),
  id: z.string().min(1).max(128),
}).transform(({ id }): Reference => ({ type: "reference", id }));

const compaction = z.strictObject({
  type: z.literal("compaction"),
  encrypted_content: z.string().refine(
    (value) => /^resp_[0-9a-f]{48}$/.test(value),
    "it is not what a compaction gave out",
  ),
  id: named.id,
}).transform(({ encrypted_content }): Reference => ({
  type: "compaction",
  response: encrypted_content,
}));

/** A state as an earlier response gave it out. It stands for all that is before it. */
const sealedState = z.strictObject({
  type: z.literal("state"),
  encrypted_content: z.string().min(1),
  id: named.id,
}).transform(({ encrypted_content }): Reference => ({
  type: "state",
  sealed: encrypted_content,
}));

/** What a model thought, as an earlier response gave it out. */
const thoughts = z.looseObject({ type: z.literal("reasoning") })
  .transform((): Reference => ({ type: "thoughts" }));

/** An item that can be kept by itself, as clients write it or as an earlier response gave it out. */
export const item = z.discriminatedUnion("type", [message, functionCall, functionCallOutput]);

/** An item of the input of a response. */
export const inputItem = z.discriminatedUnion("type", [
  message,
  functionCall,
  functionCallOutput,
  itemReference,
  compaction,
  sealedState,
  thoughts,
]);

item.register(OPEN_SHAPES, { type: "object" });
inputItem.register(OPEN_SHAPES, { type: "object" });

/** Whether an item stands for others. */
export function isReference(item: InputItem): item is Reference {
  return "type" in item && !isToolUse(item);
}

/** Whether an item is a call of a function or the result of one. */
function isToolUse(item: InputItem): item is ToolUse {
  return "type" in item && (item.type === "call" || item.type === "result");
}

/**
 * An item as the message that the model reads.
 *
 * @param format how the model writes calls. Templates word them anew for models that write them otherwise
 */
export function asMessage(item: SentItem, format: ToolFormat = TOOL_FORMATS.hermes): Message {
  return "type" in item ? toolMessage(item, format) : item;
}

/** Whether an item is a state that its client kept. */
export function isState(item: InputItem): item is Extract<Reference, { type: "state" }> {
  return isReference(item) && item.type === "state";
}

/** Refuses a state where nothing goes on from one. */
export function refuseState(items: readonly InputItem[], context: z.RefinementCtx): void {
  const index = items.findIndex(isState);
  if (index === -1) return;
  context.addIssue({
    code: "custom",
    path: [index, "type"],
    message: "a sealed state can only be answered",
  });
}

/** Refuses a compaction that does not come first. */
export function refuseLateCompaction(
  items: readonly InputItem[],
  context: z.RefinementCtx,
): void {
  for (const [index, item] of items.entries()) {
    if (index === 0 || !isReference(item) || item.type !== "compaction") continue;
    context.addIssue({
      code: "custom",
      path: [index, "type"],
      message: "a compaction stands for all before it, so it must be the first item",
    });
  }
}

/** Refuses a list of items that leaves nothing to answer, or has a compaction that does not come first. */
export function refuseUnanswerable(
  items: readonly InputItem[],
  context: z.RefinementCtx,
): void {
  refuseLateCompaction(items, context);
  const last = items.at(-1);
  if (last === undefined) return;
  const refuse = (message: string) =>
    context.addIssue({ code: "custom", path: [items.length - 1, "type"], message });
  if (!("type" in last)) return;
  if (last.type === "call") refuse("the results of the calls must follow");
  else if (isReference(last) && last.type !== "reference") {
    refuse("there must be something to answer");
  }
}

/** Refuses messages that say nothing. */
export function refuseBlank(items: readonly InputItem[], context: z.RefinementCtx): void {
  // Items with issues of their own are not what their type says.
  if (context.issues.length > 0) return;
  for (const [index, item] of items.entries()) {
    // A model may answer nothing, and clients send back what it answered.
    if ("type" in item || item.role === "assistant" || !isBlank(item.text)) continue;
    context.addIssue({ code: "custom", path: [index, "content"], message: "it must not be blank" });
  }
}
