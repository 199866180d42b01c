import type { Handler } from "hono";
import type { Origin } from "../../response/stored_response.ts";
import { canContinue } from "../../turn/prefill.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { modelFor } from "./model_for.ts";
import { readRequest } from "../requests/accept.ts";
import { systemText } from "./asked.ts";
import { openingOf } from "./create.ts";
import { grammarOf } from "./grammar_of.ts";
import { resolveInput } from "./resolve_input.ts";
import { INPUT_TOKENS } from "./schema.ts";

/** `POST /v1/responses/input_tokens`: what `usage.input_tokens` of such a response would be. */
export function countInputTokens(ports: ApiPorts): Handler<ApiEnv> {
  const { models, grammars, responses } = ports;

  return async function countInputTokens(c) {
    const request = await readRequest(c, ports, INPUT_TOKENS);
    const tenant = c.get("tenant");
    const chat = await models.find(await modelFor(responses, tenant, request));
    const { messages, compaction } = await resolveInput(
      responses,
      tenant,
      request.input ?? [],
      { answered: false, format: chat.template.tools },
    );
    const continued = request.previous_response_id ?? compaction;
    let { previous, items }: Origin = continued === undefined
      ? { items: [] }
      : await responses.origin(tenant, continued, c.req.raw.signal, "look");
    if (request.conversation) {
      ({ previous, items } = await responses.context(tenant, request.conversation));
    }
    const { tools: format } = chat.template;
    const instructions = systemText(request, format);
    const opening = openingOf({ chat, strict: ports.strict }, request, c.get("notes"));
    const grammar = canContinue(messages.at(-1))
      ? (await grammarOf(grammars, tenant, request, format))?.grammar
      : undefined;
    const input_tokens = await chat.count({
      tenant,
      signal: c.req.raw.signal,
      ...(grammar === undefined ? {} : { grammar }),
      messages: [...items.map(({ message }) => message), ...messages],
      ...(opening === undefined ? {} : { opening }),
      ...(instructions === undefined ? {} : { instructions }),
      ...(previous === undefined ? {} : { previous }),
    });
    return c.json({ object: "response.input_tokens", input_tokens });
  };
}
