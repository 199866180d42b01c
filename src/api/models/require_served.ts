import type { ChatService } from "../../turn/turn.ts";
import { UnknownModelError } from "../errors/errors.ts";

/** @throws {UnknownModelError} if a request names another model than the one served. */
export function requireServed({ names }: Pick<ChatService, "names">, model: string): void {
  if (!names.includes(model)) throw new UnknownModelError(model, names.listed);
}
