import type { Chat } from "./chat.ts";
import { textOf } from "./wire.ts";

/** A message as requests have it. */
export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

/** The messages that make the prompt of a conversation: what was said, and what is being answered. */
export function promptMessages(chat: Chat): PromptMessage[] {
  const items = [...chat.tree.path().flatMap(({ items }) => items), ...chat.running?.input ?? []];
  const messages = items.flatMap((item) =>
    item.type === "message" ? [{ role: item.role as string, content: textOf(item) }] : []
  );
  if (chat.instructions !== "") messages.unshift({ role: "system", content: chat.instructions });
  if (messages.length === 0) messages.push({ role: "user", content: "Hi!" });
  return messages;
}

/** Whether an answer is to follow: its label then ends the prompt. */
export function isAnswerNext(messages: readonly PromptMessage[]): boolean {
  return messages.at(-1)?.role !== "assistant";
}
