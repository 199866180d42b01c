import { idFor } from "../idempotency/make_once.ts";
import type { Handler } from "hono";
import { atMost } from "../answers/at_most.ts";
import { type BeginAnswer, MAX_CHOICES, runChoices, seedOf } from "../answers/choices.ts";
import { systemFingerprint } from "../answers/system_fingerprint.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { readRequest } from "../requests/accept.ts";
import { toLogitBias } from "../requests/logit_bias.ts";
import { answerLimit, samplingOptions } from "../requests/sampling.ts";
import { encodeAll } from "../../tokenizer/encode_all.ts";
import { toSeconds } from "../responses/wire.ts";
import { requireTokens } from "../tokens/tokens.ts";
import { bestOf } from "./best_of.ts";
import { COMPLETION, promptsOf } from "./schema.ts";
import { textChunks, textCompletion, type TextFormat } from "./wire.ts";

/** Tokens of an answer where the request does not say. Source: OpenAI API reference. */
const MAX_TOKENS = 16;

/** `POST /v1/completions`: goes on with a text as it is, without a template. Nothing of it is kept. */
export function completions(ports: ApiPorts): Handler<ApiEnv> {
  const { models, clock } = ports;
  return async function completions(c) {
    const request = await readRequest(c, ports, COMPLETION);
    const chat = await models.find(request.model);
    const { tokenizer } = chat;
    const prompts: (readonly number[])[] = [];
    for (const prompt of promptsOf(request.prompt)) {
      if (typeof prompt === "string") {
        prompts.push(...await encodeAll(tokenizer, [prompt], c.req.raw.signal));
      } else {
        requireTokens(prompt, tokenizer, "prompt");
        prompts.push(prompt);
      }
    }
    const kept = request.n ?? 1;
    const made = request.best_of ?? kept;
    const tells = typeof request.logprobs === "number";
    const echo = request.echo ?? false;
    const format: TextFormat = {
      head: {
        id: idFor(c, ports, "cmpl-"),
        created: toSeconds(clock.now()),
        model: chat.model,
        system_fingerprint: await systemFingerprint(chat.fingerprint),
      },
      prompts: prompts.flatMap((prompt) => Array.from({ length: kept }, () => prompt)),
      echo,
      tells,
      promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
      includeUsage: request.stream_options?.include_usage ?? false,
      tokenizer,
    };
    const sampling = {
      ...samplingOptions(request, chat.defaults),
      ...toLogitBias(request.logit_bias, tokenizer),
    };
    const begins = prompts.flatMap((prompt) =>
      Array.from(
        { length: made },
        (_, index): BeginAnswer => async (signal, watching) =>
          (await chat.begin({
            tenant: c.get("tenant"),
            messages: [],
            prompt,
            ephemeral: true,
            sampling: seedOf(sampling, index),
            stop: request.stop ?? [],
            maxTokens: answerLimit(request, chat.defaults, MAX_TOKENS),
            // Which answers are best is known by how likely they were.
            ...(tells || made > kept ? { topLogprobs: request.logprobs ?? 0 } : {}),
            ...(tells && echo ? { tellPrompt: true } : {}),
            signal,
            ...watching,
          })).events,
      )
    );
    return runChoices(c, ports, atMost(MAX_CHOICES, begins), request.stream ?? false, {
      whole: (choices, usage) => textCompletion(format, bestOf(choices, made, kept), usage),
      events: () => textChunks(format),
      progress: request.return_progress ?? false,
    });
  };
}
