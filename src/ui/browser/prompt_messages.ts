import type { Chat } from "./chat.ts";
import { textOf } from "./wire.ts";

/** A message of a request. */
export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

/** The messages of a conversation's prompt: those of the current branch, and the input of the running answer. */
export function promptMessages(chat: Chat): PromptMessage[] {
  const items = [...chat.tree.path().flatMap(({ items }) => items), ...chat.running?.input ?? []];
  const messages = items.flatMap((item) =>
    item.type === "message" ? [{ role: item.role as string, content: textOf(item) }] : []
  );
  if (chat.instructions !== "") messages.unshift({ role: "system", content: chat.instructions });
  if (messages.length === 0) messages.push({ role: "user", content: "Hi!" });
  return messages;
}

/** Whether the prompt ends with the label of an answer. */
export function isAnswerNext(messages: readonly PromptMessage[]): boolean {
  return messages.at(-1)?.role !== "assistant";
}
