import type { ShownConversation } from "../../conversation/conversation_list.ts";
import type { Branch } from "../../conversation/conversations.ts";
import type { Item } from "../../tree/transcript.ts";
import { thoughtsId } from "../../response/answer_items.ts";
import { reasoningItem, reasoningText } from "../responses/output.ts";
import { inputItem, toSeconds } from "../responses/wire.ts";

/** OpenAI's `Conversation`, with what it is called and when something was last said in it. */
export function conversationObject(
  { id, createdAt, metadata, title, changedAt }: ShownConversation,
) {
  return {
    id,
    object: "conversation",
    created_at: toSeconds(createdAt),
    metadata,
    title,
    updated_at: toSeconds(changedAt),
  };
}

/** An item as it is told. */
type ItemObject = Readonly<Record<string, unknown>> & { readonly id: string };

/** A message of a conversation as items: what was thought before it comes first. */
export function itemObjects({ id, message }: Item): ItemObject[] {
  const { role, ingested, thoughts } = message;
  if (ingested !== undefined) {
    return [{ type: "ingested_text", id, status: "completed", role, ...ingested }];
  }
  const item = inputItem(id, message);
  if (thoughts === undefined) return [item];
  return [reasoningItem(thoughtsId(id), "completed", [reasoningText(thoughts)]), item];
}

/** A branch of a conversation. There is none in OpenAI's API. */
export function branchObject({ id, current, createdAt, tokens }: Branch) {
  return {
    id,
    object: "conversation.branch",
    current,
    created_at: toSeconds(createdAt),
    tokens,
  };
}
