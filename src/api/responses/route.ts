import type { Handler } from "hono";
import { readJson } from "../body.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { requireServed, runTurn } from "../run_turn.ts";
import { samplingOptions } from "../sampling.ts";
import { validate } from "../validation.ts";
import { responseEvents } from "./events.ts";
import { responsesRequest } from "./schema.ts";
import { finished, inputMessages, type ResponseHead, responseObject } from "./wire.ts";

/** `POST /v1/responses`. */
export function responses(ports: ApiPorts): Handler<ApiEnv> {
  const { chat, clock, limits, newId } = ports;
  const now = (): number => Math.floor(clock.now() / 1000);
  return async function responses(c) {
    const request = validate(responsesRequest, await readJson(c.req.raw, limits.maxBodyBytes));
    requireServed(chat, request.model);
    const sampling = samplingOptions(request, chat.defaults);
    const head: ResponseHead = {
      id: newId("resp_"),
      messageId: newId("msg_"),
      created: now(),
      model: chat.model,
      request,
      sampling,
    };
    const { instructions, previous_response_id: previous } = request;
    return runTurn(
      c,
      ports,
      {
        ...(instructions ? { instructions } : {}),
        messages: inputMessages(request),
        ...(previous ? { previous } : {}),
        ...(request.store ?? true ? { storeAs: head.id } : { ephemeral: true }),
        sampling,
        stop: [],
        maxTokens: request.max_output_tokens ?? chat.defaults.maxTokens,
      },
      request.stream ?? false,
      {
        whole: (answer) => responseObject(head, finished(head, answer, now())),
        events: () => responseEvents(head, now),
      },
    );
  };
}
