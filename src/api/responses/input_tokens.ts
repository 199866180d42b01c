import type { Handler } from "hono";
import { readJson } from "../body.ts";
import { canContinue } from "../../chat/prefill.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { requireServed } from "../require_served.ts";
import { validate } from "../validation.ts";
import { systemText } from "./asked.ts";
import { grammarOf } from "./grammar_of.ts";
import { resolveInput } from "./resolve_input.ts";
import { inputTokensRequest } from "./schema.ts";

/** `POST /v1/responses/input_tokens`: what `usage.input_tokens` of such a response would be. */
export function countInputTokens(
  { chat, grammars, limits, responses }: ApiPorts,
): Handler<ApiEnv> {
  return async function countInputTokens(c) {
    const request = validate(inputTokensRequest, await readJson(c.req.raw, limits.maxBodyBytes));
    if (request.model) requireServed(chat, request.model);
    const tenant = c.get("tenant");
    const { messages, compaction } = await resolveInput(
      responses,
      tenant,
      request.input ?? [],
      false,
    );
    let previous = request.previous_response_id ?? compaction;
    if (previous !== undefined) await responses.requireFinished(tenant, previous);
    let before: typeof messages = [];
    if (request.conversation) {
      const found = await responses.context(tenant, request.conversation);
      previous = found.previous;
      before = found.items.map(({ message }) => message);
    }
    const instructions = systemText(request);
    const grammar = canContinue(messages.at(-1)) ? grammarOf(grammars, tenant, request) : undefined;
    const input_tokens = await chat.count({
      tenant,
      ...(grammar === undefined ? {} : { grammar }),
      messages: [...before, ...messages],
      ...(instructions === undefined ? {} : { instructions }),
      ...(previous === undefined ? {} : { previous }),
    });
    return c.json({ object: "response.input_tokens", input_tokens });
  };
}
