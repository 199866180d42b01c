import type { Handler } from "hono";
import { runChoices, seedOf } from "../choices.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { toLogitBias } from "../logit_bias.ts";
import { toSeconds } from "../responses/wire.ts";
import { requireServed } from "../require_served.ts";
import { answerLimit, samplingOptions } from "../sampling.ts";
import { systemFingerprint } from "../system_fingerprint.ts";
import { requireTokens, textOfTokens } from "../tokens.ts";
import { readRequest } from "../requests/accept.ts";
import { COMPLETION, promptsOf } from "./schema.ts";
import { textChunks, textCompletion, type TextFormat } from "./wire.ts";

/** Tokens of an answer where the request does not say. Source: OpenAI API reference. */
const MAX_TOKENS = 16;

/** `POST /v1/completions`: goes on with a text as it is, without a template. Nothing of it is kept. */
export function completions(ports: ApiPorts): Handler<ApiEnv> {
  const { chat, clock, newId } = ports;
  const { tokenizer } = chat;
  const fingerprint = systemFingerprint(chat.fingerprint);
  return async function completions(c) {
    const request = await readRequest(c, ports, COMPLETION);
    requireServed(chat, request.model);
    const prompts = promptsOf(request.prompt).map((prompt) => {
      if (typeof prompt === "string") return tokenizer.encode(prompt);
      requireTokens(prompt, tokenizer, "prompt");
      return prompt;
    });
    const count = request.n ?? 1;
    const format: TextFormat = {
      head: {
        id: newId("cmpl-"),
        created: toSeconds(clock.now()),
        model: chat.model,
        system_fingerprint: await fingerprint,
      },
      before: prompts.flatMap((prompt) =>
        Array.from({ length: count }, () => request.echo ? textOfTokens(prompt, tokenizer) : "")
      ),
      promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
      includeUsage: request.stream_options?.include_usage ?? false,
      tokenizer,
    };
    const sampling = {
      ...samplingOptions(request, chat.defaults),
      ...toLogitBias(request.logit_bias, tokenizer),
    };
    const begins = prompts.flatMap((prompt) =>
      Array.from({ length: count }, (_, index) => (signal: AbortSignal) =>
        chat.begin({
          tenant: c.get("tenant"),
          messages: [],
          prompt,
          ephemeral: true,
          sampling: seedOf(sampling, index),
          stop: request.stop ?? [],
          maxTokens: answerLimit(request, chat.defaults, MAX_TOKENS),
          ...(typeof request.logprobs === "number" ? { topLogprobs: request.logprobs } : {}),
          signal,
        }))
    );
    return runChoices(c, ports, begins, request.stream ?? false, {
      whole: (choices, usage) => textCompletion(format, choices, usage),
      events: () => textChunks(format),
    });
  };
}
