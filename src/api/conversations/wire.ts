import type { ShownConversation } from "../../conversation/conversation_list.ts";
import type { Branch } from "../../conversation/conversations.ts";
import type { Item } from "../../tree/transcript.ts";
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

/** An item of a conversation. */
export function itemObject({ id, message }: Item) {
  const { role, ingested } = message;
  if (ingested === undefined) return inputItem(id, message);
  return { type: "ingested_text", id, status: "completed", role, ...ingested };
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
