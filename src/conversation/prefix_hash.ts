import type { Message } from "./message.ts";

/**
 * Names the beginning of a conversation: everything up to and with its last message. Built one message at a time, so
 * that a longer conversation goes on from the name of a shorter one.
 */
export type PrefixHash = string;

/** The name of the empty beginning, for one model and template. */
export function emptyPrefix(seed: string): Promise<PrefixHash> {
  return hash(["tern prefix 1", seed]);
}

/**
 * The names of the beginnings that end with each of these messages.
 *
 * @param prefix what comes before them
 */
export async function extendPrefix(
  prefix: PrefixHash,
  messages: readonly Message[],
): Promise<PrefixHash[]> {
  const prefixes: PrefixHash[] = [];
  for (const { role, text } of messages) {
    prefixes.push(await hash([prefixes.at(-1) ?? prefix, role, text.toWellFormed()]));
  }
  return prefixes;
}

/** SHA-256 over the parts, in base64url. JSON keeps their borders. */
async function hash(parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}
