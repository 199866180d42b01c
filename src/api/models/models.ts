import type { Handler } from "hono";
import { shownDefaults } from "../../sampling/default_sampling.ts";
import type { ChatModels, ListedModel } from "../../turn/chat_models.ts";
import type { ApiEnv } from "../http/context.ts";

/** The efforts that make a thinking model's prompts differ. Requests may also name `minimal` and `xhigh`. */
const REASONING_EFFORTS = ["none", "low", "medium", "high"] as const;

/**
 * OpenAI's `Model`, and how it answers a request that does not say, in the words of requests. Of an alias, `root` is the
 * model that it stands for, as vLLM has it.
 */
function shown({ name, root, created, defaults, thinking }: ListedModel) {
  return {
    id: name,
    object: "model",
    created,
    owned_by: "tern",
    ...(root === undefined ? {} : { root, parent: null }),
    max_output_tokens: defaults.maxTokensLimit,
    default_sampling: shownDefaults(defaults),
    ...(thinking === undefined ? {} : {
      reasoning: thinking && { efforts: REASONING_EFFORTS, default_effort: thinking.default },
    }),
  };
}

/** `GET /v1/models`. */
export function listModels(models: ChatModels): Handler<ApiEnv> {
  return async (c) => c.json({ object: "list", data: (await models.list()).map(shown) });
}

/** `GET /v1/models/{id}`. */
export function retrieveModel(models: ChatModels): Handler<ApiEnv, "/:id"> {
  return async (c) => c.json(shown(await models.describe(c.req.param("id"))));
}
