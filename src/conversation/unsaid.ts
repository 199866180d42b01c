import { cleanText } from "../prompt/template.ts";
import { CALL_SEPARATOR } from "../prompt/tool_format.ts";
import type { Message } from "../prompt/message.ts";

/** The parts of a message that are compared. */
type Said = Pick<Message, "role" | "text">;

/**
 * The messages that are new to a conversation.
 *
 * Clients of chat completions may send the whole history with every request. The longest prefix of the messages that
 * ends with an answer and matches the end of the conversation is skipped; everything after it is new.
 *
 * @param messages the messages sent, without instructions
 * @param backwards the messages of the conversation, latest first
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const said = [{ role: "user", text: "Hi" }, { role: "assistant", text: "Hello" }] as const;
 * const next = { role: "user", text: "And?" } as const;
 * const backwards = async function* () {
 *   yield* said.toReversed();
 * };
 * assert.deepEqual(await unsaid([...said, next], backwards()), [next]);
 * assert.deepEqual(await unsaid([next], backwards()), [next]);
 * ```
 */
export async function unsaid<T extends Message>(
  messages: readonly T[],
  backwards: AsyncIterable<Message>,
): Promise<readonly T[]> {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  if (last < 0) return messages;
  const said = await latest(backwards, last + 1);
  for (let count = Math.min(last + 1, said.length); count > 0; count--) {
    if (messages[count - 1]!.role !== "assistant") continue;
    const end = said.slice(-count);
    if (end.every((message, i) => isSame(message, messages[i]!))) return messages.slice(count);
  }
  return messages;
}

/**
 * The latest messages, oldest first: at least `count`, if there are as many. Calls of one answer are merged into one
 * message, and so is an answer with its continuations.
 */
async function latest(backwards: AsyncIterable<Message>, count: number): Promise<Said[]> {
  const found: Said[] = [];
  /** The message after the current one. */
  let after: Message | undefined;
  for await (const message of backwards) {
    const { role, text, tool, ingested } = message;
    if (ingested !== undefined) break;
    const later = found.at(-1);
    const continued = after?.continues && role === "assistant";
    if (later !== undefined && (continued || (isCall(tool) && isCall(after?.tool)))) {
      const between = continued ? "" : CALL_SEPARATOR;
      found[found.length - 1] = { role, text: text + between + later.text };
    } else if (found.length === count) break;
    else found.push({ role, text });
    after = message;
  }
  return found.reverse();
}

function isCall(tool: Message["tool"]): boolean {
  return tool?.type === "call";
}

/** Whether two messages give the model the same text. */
function isSame(a: Said, b: Said): boolean {
  return a.role === b.role && cleanText(a.text) === cleanText(b.text);
}
