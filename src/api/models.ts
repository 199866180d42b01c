import type { Handler } from "hono";
import type { ChatService } from "../chat/turn.ts";
import type { ApiEnv } from "./context.ts";
import { requireServed } from "./require_served.ts";

/**
 * OpenAI's `Model`. Of an alias, `root` is the model that it stands for, as vLLM has it.
 *
 * @param name one of the model's names
 */
function model(chat: ChatService, name: string) {
  const described = { id: name, object: "model", created: chat.created, owned_by: "tern" };
  return name === chat.model ? described : { ...described, root: chat.model, parent: null };
}

/** `GET /v1/models`. */
export function listModels(chat: ChatService): Handler<ApiEnv> {
  return (c) =>
    c.json({ object: "list", data: chat.names.listed.map((name) => model(chat, name)) });
}

/** `GET /v1/models/{id}`. */
export function retrieveModel(chat: ChatService): Handler<ApiEnv, "/:id"> {
  return (c) => {
    const name = c.req.param("id");
    requireServed(chat, name);
    return c.json(model(chat, name));
  };
}
