import type { Context, Handler } from "hono";
import { isResponseId } from "../../conversation/response_id.ts";
import { UnknownResponseError } from "../../conversation/errors.ts";
import { readJson } from "../body.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { toErrorBody } from "../errors.ts";
import { requireServed, runTurn } from "../run_turn.ts";
import { samplingOptions } from "../sampling.ts";
import type { TurnOutcome } from "../turn_outcome.ts";
import { validate } from "../validation.ts";
import { responseEvents, type ResponseOutcome } from "./events.ts";
import { followResponse, wholeResponse } from "./follow.ts";
import { responsesRequest } from "./schema.ts";
import {
  finished,
  inputIds,
  inputMessages,
  progressOf,
  type ResponseHead,
  responseObject,
  toSeconds,
} from "./wire.ts";

/** `POST /v1/responses`. */
export function responses(ports: ApiPorts): Handler<ApiEnv> {
  const { chat, clock, limits, newId } = ports;
  return async function responses(c) {
    const request = validate(responsesRequest, await readJson(c.req.raw, limits.maxBodyBytes));
    requireServed(chat, request.model);
    const sampling = samplingOptions(request, chat.defaults);
    const head: ResponseHead = {
      id: newId("resp_"),
      messageId: newId("msg_"),
      created: toSeconds(clock.now()),
      model: chat.model,
      request,
      sampling,
      ...request.include?.length ? { stateId: newId("state_") } : {},
    };
    return await (request.store ?? true ? stored(c, ports, head) : unstored(c, ports, head));
  };
}

/** What a response asks of a turn. */
async function turnOf({ id, messageId, request, sampling }: ResponseHead, { chat }: ApiPorts) {
  const { instructions } = request;
  const itemIds = await inputIds(id, request);
  return {
    itemIds: [...itemIds, messageId],
    ...(instructions ? { instructions } : {}),
    messages: inputMessages(request),
    sampling,
    stop: [],
    maxTokens: request.max_output_tokens ?? chat.defaults.maxTokens,
  };
}

async function stored(c: Context<ApiEnv>, ports: ApiPorts, head: ResponseHead): Promise<Response> {
  const { request, id } = head;
  const tenant = c.get("tenant");
  const { background, stream } = request;
  const { previous_response_id: previous, conversation } = request;
  await ports.responses.create({
    tenant,
    id,
    card: head,
    turn: await turnOf(head, ports),
    mode: background ? "background" : stream ? "stream" : "whole",
    ...(previous ? { previous } : {}),
    ...(conversation ? { conversation } : {}),
  }, c.req.raw.signal);
  if (stream) {
    return followResponse(c, ports, head, { onLeave: () => ports.responses.left(tenant, id) });
  }
  if (background) return c.json(responseObject(head, progressOf(head, "", null, false)));
  return await wholeResponse(c, ports, head);
}

async function unstored(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  head: ResponseHead,
): Promise<Response> {
  const { request, id, stateId } = head;
  const { previous_response_id: previous, sealed } = request;
  const now = ports.clock.now;
  if (previous) {
    if (!isResponseId(previous)) throw new UnknownResponseError(previous);
    await ports.responses.requireFinished(c.get("tenant"), previous);
  }
  return await runTurn(
    c,
    ports,
    {
      ...await turnOf(head, ports),
      ...(previous ? { previous } : {}),
      ...sealed === undefined ? {} : { sealed },
      ...stateId === undefined ? {} : { sealAs: id },
      ephemeral: true,
    },
    request.stream ?? false,
    {
      whole: (answer) => responseObject(head, finished(head, answer, toSeconds(now()))),
      events: () => {
        const events = responseEvents(head);
        const dated = datedOutcomes(() => ports.clock.now());
        dated.readable.pipeTo(events.writable).catch(() => {});
        return { writable: dated.writable, readable: events.readable };
      },
    },
  );
}

/** Says of the outcomes of a turn when they came, and what to tell of a failure. */
function datedOutcomes(now: () => number): TransformStream<TurnOutcome, ResponseOutcome> {
  return new TransformStream<TurnOutcome, ResponseOutcome>(
    {
      transform(outcome, controller) {
        switch (outcome.type) {
          case "text":
            return controller.enqueue(outcome);
          case "end":
            return controller.enqueue({ ...outcome, at: now() });
          case "error": {
            const failure = { ...toErrorBody(outcome.error) };
            return controller.enqueue({ type: "failed", at: now(), failure });
          }
        }
      },
    },
    undefined,
    { highWaterMark: 0 },
  );
}
