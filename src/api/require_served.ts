import type { ChatService } from "../chat/turn.ts";
import { UnknownModelError } from "./errors.ts";

/** @throws {UnknownModelError} if a request names another model than the one served. */
export function requireServed(chat: ChatService, model: string): void {
  if (model !== chat.model) throw new UnknownModelError(model, chat.model);
}
