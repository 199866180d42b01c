import type { Handler } from "hono";
import type { ChatService } from "../chat/turn.ts";
import type { ApiEnv } from "./context.ts";
import { requireServed } from "./require_served.ts";

/** OpenAI's `Model`. */
function model(chat: ChatService) {
  return { id: chat.model, object: "model", created: chat.created, owned_by: "tern" };
}

/** `GET /v1/models`. */
export function listModels(chat: ChatService): Handler<ApiEnv> {
  return (c) => c.json({ object: "list", data: [model(chat)] });
}

/** `GET /v1/models/{id}`. */
export function retrieveModel(chat: ChatService): Handler<ApiEnv, "/:id"> {
  return (c) => {
    requireServed(chat, c.req.param("id"));
    return c.json(model(chat));
  };
}
