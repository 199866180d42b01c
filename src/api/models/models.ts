import type { Handler } from "hono";
import { shownDefaults } from "../../sampling/default_sampling.ts";
import type { ChatService } from "../../turn/turn.ts";
import type { ApiEnv } from "../http/context.ts";
import { requireServed } from "./require_served.ts";

/**
 * OpenAI's `Model`, and how it answers a request that does not say, in the words of requests. Of an alias, `root` is the
 * model that it stands for, as vLLM has it.
 *
 * @param name one of the model's names
 */
function model(chat: ChatService, name: string) {
  const { defaults } = chat;
  return {
    id: name,
    object: "model",
    created: chat.created,
    owned_by: "tern",
    ...(name === chat.model ? {} : { root: chat.model, parent: null }),
    max_output_tokens: defaults.maxTokensLimit,
    default_sampling: shownDefaults(defaults),
  };
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
