/**
 * Tern in a page: a model with its API, conversations that were exported elsewhere, and no server.
 *
 * @example
 * ```ts ignore
 * import { openTern } from "https://chat.example/assets/client.js";
 *
 * const tern = await openTern({ model: "https://chat.example/v1/models/tern-7m/files/" });
 * const conversation = await tern.openConversation(file);
 * for await (const text of conversation.say("And then?")) document.body.append(text);
 * const later = await conversation.export();
 * ```
 *
 * @module
 */
import { THREAD } from "./messages.ts";
import { type OpenTernOptions, Tern } from "./tern.ts";
import { type Port, serveThread } from "./thread.ts";

export { ClientConversation } from "./conversation.ts";
export { type OpenTernOptions, Tern } from "./tern.ts";
export { TernError } from "./tern_error.ts";

/**
 * Loads a model into a thread of this page.
 *
 * @throws {TernError} if it cannot be downloaded, or cannot run here
 */
export function openTern(options: Omit<OpenTernOptions, "module">): Promise<Tern> {
  return Tern.open({ ...options, module: new URL(import.meta.url) });
}

// The same module runs in the thread.
if ("WorkerGlobalScope" in globalThis && (globalThis as { name?: unknown }).name === THREAD) {
  serveThread(globalThis as unknown as Port);
}
