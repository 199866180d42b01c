import type { Handler } from "hono";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { requireServed } from "../require_served.ts";
import { readRequest } from "../requests/accept.ts";
import { systemText } from "./asked.ts";
import { resolveInput } from "./resolve_input.ts";
import { INPUT_TOKENS } from "./schema.ts";

/** `POST /v1/responses/input_tokens`: what `usage.input_tokens` of such a response would be. */
export function countInputTokens(ports: ApiPorts): Handler<ApiEnv> {
  const { chat, responses } = ports;
  return async function countInputTokens(c) {
    const request = await readRequest(c, ports, INPUT_TOKENS);
    if (request.model) requireServed(chat, request.model);
    const tenant = c.get("tenant");
    const { messages, compaction } = await resolveInput(
      responses,
      tenant,
      request.input ?? [],
      "reading",
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
    const input_tokens = await chat.count({
      tenant,
      messages: [...before, ...messages],
      ...(instructions === undefined ? {} : { instructions }),
      ...(previous === undefined ? {} : { previous }),
    });
    return c.json({ object: "response.input_tokens", input_tokens });
  };
}
