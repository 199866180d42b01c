import type { Message } from "../prompt/message.ts";

/** The most characters of a derived title. */
const MAX_LENGTH = 80;

/**
 * The default title of a conversation: the beginning of its first user message.
 *
 * @returns `undefined` if there is no user message
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(defaultTitle([{ role: "user", text: " What is\n\na swift? " }]), "What is a swift?");
 * assert.equal(defaultTitle([{ role: "system", text: "Be brief." }]), undefined);
 * ```
 */
export function defaultTitle(messages: Iterable<Message>): string | undefined {
  for (const { role, text, tool, ingested } of messages) {
    if (role !== "user" || tool !== undefined || ingested !== undefined) continue;
    const line = text.replace(/\s+/g, " ").trim();
    if (line === "") continue;
    const characters = [...line];
    return characters.length <= MAX_LENGTH
      ? line
      : `${characters.slice(0, MAX_LENGTH - 1).join("").trimEnd()}…`;
  }
  return undefined;
}
