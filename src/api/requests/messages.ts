import { z } from "zod";
import type { Role, ToolUse } from "../../prompt/message.ts";
import type { ToolCall } from "../../prompt/tool_format.ts";
import { isBlank } from "./field_schemas.ts";

/** The names of the roles in APIs. */
export const apiRole = z.enum(["system", "developer", "user", "assistant"]);

/** A role as prompts name it: `developer` is `system`. */
export function toRole(role: z.infer<typeof apiRole>): Role {
  return role === "developer" ? "system" : role;
}

/** The text of a content: a text, or parts of one, which follow each other as they are. */
export function textOf(
  { content }: { readonly content: string | readonly { readonly text: string }[] },
): string {
  return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

/** A message of a chat completion: what was said, the calls made with it, or the result that it is. */
export interface SentMessage {
  readonly role: Role;
  readonly text: string;
  readonly calls?: readonly (ToolCall & { readonly id: string })[];
  readonly result?: Extract<ToolUse, { readonly type: "result" }>;
}

/** Refuses messages without text. */
export function refuseBlank(messages: readonly SentMessage[], context: z.RefinementCtx): void {
  // Messages with issues of their own are not what their type says.
  if (context.issues.length > 0) return;
  for (const [index, { role, text, result }] of messages.entries()) {
    // A model may answer nothing, and clients send back what it answered. A function may return nothing.
    if (role === "assistant" || result !== undefined || !isBlank(text)) continue;
    context.addIssue({ code: "custom", path: [index, "content"], message: "it must not be blank" });
  }
}
