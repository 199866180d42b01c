import { z } from "zod";
import type { Message } from "../../conversation/message.ts";
import {
  isBlank,
  metadata,
  obfuscation,
  refuseStrayStreamOptions,
  samplingFields,
  text,
} from "../fields.ts";
import { apiRole, refuseUnanswerable, toMessages } from "../messages.ts";
import { none, unsupported } from "../unsupported.ts";

/** Characters of an input string. Source: Open Responses. */
const MAX_INPUT = 10_485_760;

/** What `include` asks for so that the reply has the state, for its client to keep. */
export const STATE_CONTENT = "state.encrypted_content";

/** What OpenAI's and Open Responses' bodies define and Tern has not built, with the values that ask for nothing. */
const NOT_BUILT = {
  access_programs: unsupported(),
  context_management: unsupported(none),
  image: unsupported(),
  include: unsupported(z.array(z.literal(STATE_CONTENT))),
  max_tool_calls: unsupported(),
  moderation: unsupported(),
  parallel_tool_calls: unsupported(z.boolean()),
  prompt: unsupported(),
  prompt_cache_key: unsupported(),
  prompt_cache_options: unsupported(),
  prompt_cache_retention: unsupported(),
  reasoning: unsupported(
    z.strictObject({ effort: z.literal("none").nullish(), summary: z.null().optional() }),
  ),
  safety_identifier: unsupported(),
  service_tier: unsupported(z.enum(["auto", "default"])),
  tool_choice: unsupported(z.enum(["none", "auto"])),
  tools: unsupported(none),
  top_logprobs: unsupported(z.literal(0)),
  user: unsupported(),
};

const part = z.strictObject({
  type: z.enum(["input_text", "output_text"]),
  text,
  annotations: unsupported(none),
  logprobs: unsupported(none),
});

/** A message, as clients write it or as an earlier response gave it out. */
export const item = z.strictObject({
  type: z.literal("message").optional(),
  role: apiRole,
  content: z.union([text, z.array(part).min(1)]),
  id: z.string().nullish(),
  status: z.enum(["in_progress", "completed", "incomplete"]).nullish(),
  phase: unsupported(),
}).superRefine(({ role, content }, context) => {
  const type = role === "assistant" ? "output_text" : "input_text";
  const other = typeof content === "string" ? -1 : content.findIndex((part) => part.type !== type);
  if (other < 0) return;
  context.addIssue({
    code: "custom",
    path: ["content", other, "type"],
    message: `the content of the role '${role}' is of type '${type}'`,
  });
});

/** A state as an earlier response gave it out. It stands for all that is before it. */
const stateItem = z.strictObject({
  type: z.literal("state"),
  encrypted_content: z.string().min(1),
  id: z.string().nullish(),
});

type InputItem = z.infer<typeof item> | z.infer<typeof stateItem>;

function isState(item: InputItem): item is z.infer<typeof stateItem> {
  return item.type === "state";
}

/** The last state of an input, and the messages that it has not read. */
function splitInput(items: readonly InputItem[]) {
  const at = items.findLastIndex(isState);
  const unread = items.slice(at + 1).filter((item) => !isState(item));
  const found = items[at];
  return { unread, before: at + 1, sealed: found && isState(found) ? found : undefined };
}

const input = z.union([
  text.max(MAX_INPUT).refine((value) => !isBlank(value), "it must not be blank"),
  z.array(z.union([item, stateItem])).min(1).superRefine((items, context) => {
    const { unread, before } = splitInput(items);
    refuseUnanswerable(unread, context, before);
    if (unread.length > 0) return;
    context.addIssue({
      code: "custom",
      path: [before - 1],
      message: "there must be a message to answer after the state",
    });
  }),
]);

const conversationId = z.string()
  .refine((id) => /^[\w-]{1,128}$/.test(id), "it is not the id of a conversation");

/**
 * The body of `POST /v1/responses`. Whatever is not named here is refused.
 *
 * Source: Open Responses, 2026-04-24; OpenAI API reference, "Create a model response".
 */
export const responsesRequest = z.strictObject({
  model: z.string(),
  input,
  instructions: text
    .refine((value) => value === "" || !isBlank(value), "it must not be blank").nullish(),
  previous_response_id: z.string()
    .refine((id) => /^[\w-]{1,128}$/.test(id), "it is not the id of a response").nullish(),
  conversation: z.union([conversationId, z.strictObject({ id: conversationId })])
    .transform((value) => typeof value === "string" ? value : value.id).nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject(obfuscation).nullish(),
  // The specification asks for 16 at least; its own clients and suites send fewer.
  max_output_tokens: z.int().min(1).nullish(),
  ...samplingFields,
  // Not OpenAI's: the same seed gives the same answer.
  seed: z.int().nullish(),
  metadata: metadata.nullish(),
  text: z.strictObject({
    format: unsupported(z.strictObject({ type: z.literal("text") })),
    verbosity: unsupported(z.literal("medium")),
  }).nullish(),
  // Nothing is ever dropped from a recurrent state, so both hold.
  truncation: z.enum(["auto", "disabled"]).nullish(),
  ...NOT_BUILT,
}).superRefine(refuseStrayStreamOptions).superRefine((request, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (request.conversation && request.previous_response_id) {
    refuse("conversation", "it cannot be given together with 'previous_response_id'");
  }
  const sealed = typeof request.input !== "string" && request.input.some(isState);
  if (sealed && request.previous_response_id) {
    refuse("previous_response_id", "it cannot be given together with a sealed state");
  }
  if (request.store !== false) {
    if (sealed) refuse("store", "what goes on from a sealed state is not stored: it must be false");
    if (request.include?.length) {
      refuse("include", "a state is sealed for its client only when 'store' is false");
    }
    return;
  }
  if (request.background) refuse("background", "a response that is not stored cannot be fetched");
  if (request.conversation) refuse("conversation", "a response of a conversation is stored");
}).transform(({ input, ...request }) => ({ ...request, ...contextOf(input) }));

/** What a response is to answer. */
interface ResponseContext {
  readonly input: string | readonly Message[];
  /** The sealed state that the input follows. */
  readonly sealed?: string;
}

function contextOf(input: string | readonly InputItem[]): ResponseContext {
  if (typeof input === "string") return { input };
  const { unread, sealed } = splitInput(input);
  return {
    input: toMessages(unread),
    ...sealed === undefined ? {} : { sealed: sealed.encrypted_content },
  };
}

/** A valid request for a response. */
export type ResponsesRequest = z.infer<typeof responsesRequest>;
