import { z } from "zod";
import type { Message } from "../../prompt/message.ts";
import { isBlank } from "./field_schemas.ts";

/** The names of the roles in APIs. */
export const apiRole = z.enum(["system", "developer", "user", "assistant"]);

/** A message as APIs have it: a text, or parts of one. */
export interface ApiMessage {
  readonly role: z.infer<typeof apiRole>;
  readonly content: string | readonly { readonly text: string }[];
}

/** The text of a message. Parts follow each other as they are. */
export function textOf({ content }: Pick<ApiMessage, "content">): string {
  return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

/** A message, as the rooms below have it. */
export function toMessage(message: ApiMessage): Message {
  const { role } = message;
  return { role: role === "developer" ? "system" : role, text: textOf(message) };
}

/** Refuses messages that say nothing. */
export function refuseBlank(messages: readonly ApiMessage[], context: z.RefinementCtx): void {
  for (const [index, message] of messages.entries()) {
    // A model may answer nothing, and clients send back what it answered.
    if (message.role === "assistant" || !isBlank(toMessage(message).text)) continue;
    context.addIssue({ code: "custom", path: [index, "content"], message: "it must not be blank" });
  }
}

/** The messages of a list, as the rooms below have them. */
export function toMessages(messages: readonly ApiMessage[]): Message[] {
  return messages.map(toMessage);
}
