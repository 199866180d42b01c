import type { Handler } from "hono";
import { readJson } from "../body.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { requireServed, runTurn } from "../run_turn.ts";
import { samplingOptions } from "../sampling.ts";
import { systemFingerprint } from "../system_fingerprint.ts";
import { validate } from "../validation.ts";
import { chatCompletionRequest } from "./schema.ts";
import { chatCompletion, chatCompletionChunks } from "./wire.ts";

/** `POST /v1/chat/completions`. */
export function chatCompletions(ports: ApiPorts): Handler<ApiEnv> {
  const { chat, clock, limits, newId } = ports;
  const fingerprint = systemFingerprint(chat.fingerprint);
  return async function chatCompletions(c) {
    const body = await readJson(c.req.raw, limits.maxBodyBytes);
    const request = validate(chatCompletionRequest, body);
    requireServed(chat, request.model);
    const head = {
      id: newId("chatcmpl-"),
      created: Math.floor(clock.now() / 1000),
      model: chat.model,
      system_fingerprint: await fingerprint,
    };
    const includeUsage = request.stream_options?.include_usage ?? false;
    return runTurn(
      c,
      ports,
      {
        messages: request.messages,
        sampling: samplingOptions(request, chat.defaults),
        stop: [request.stop ?? []].flat(),
        maxTokens: request.max_completion_tokens ?? request.max_tokens ?? chat.defaults.maxTokens,
      },
      request.stream ?? false,
      {
        whole: (answer) => chatCompletion(head, answer),
        events: () => chatCompletionChunks(head, { includeUsage }),
      },
    );
  };
}
