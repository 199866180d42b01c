import type { FinishReason, TurnUsage } from "../../chat/turn.ts";
import type { SseMessage } from "../../stream/sse.ts";
import { toErrorBody } from "../errors.ts";
import type { Answer, TurnOutcome } from "../turn_outcome.ts";

/** What a chat completion and all its chunks have in common. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

/** OpenAI's `CompletionUsage`. */
export function completionUsage({ prompt, cached, completion }: TurnUsage) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** OpenAI's `ChatCompletion`: the reply to a request that does not stream. */
export function chatCompletion(head: CompletionHead, { text, reason, usage }: Answer) {
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: [{
      index: 0,
      message: { role: "assistant", content: text, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: reason,
    }],
    usage: completionUsage(usage),
    service_tier: "default",
    system_fingerprint: head.system_fingerprint,
  };
}

/** What a chunk adds to the message. */
interface Delta {
  readonly role?: "assistant";
  readonly content?: string;
  readonly refusal?: null;
}

const DONE: SseMessage = { data: "[DONE]" };

/**
 * Turns what comes of a turn into OpenAI's `ChatCompletionChunk`s: the role at once, the text as it comes, the reason
 * for the end, the usage if asked for, then `[DONE]`. After an error there is nothing more.
 */
export function chatCompletionChunks(
  head: CompletionHead,
  { includeUsage }: { readonly includeUsage: boolean },
): TransformStream<TurnOutcome, SseMessage> {
  const chunk = (choices: readonly unknown[], usage: TurnUsage | null = null): SseMessage => ({
    data: JSON.stringify({
      id: head.id,
      object: "chat.completion.chunk",
      created: head.created,
      model: head.model,
      service_tier: "default",
      system_fingerprint: head.system_fingerprint,
      choices,
      ...(includeUsage ? { usage: usage && completionUsage(usage) } : {}),
    }),
  });
  const choice = (delta: Delta, finish_reason: FinishReason | null = null): SseMessage =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason }]);

  return new TransformStream<TurnOutcome, SseMessage>({
    start(controller) {
      controller.enqueue(choice({ role: "assistant", content: "", refusal: null }));
    },
    transform(outcome, controller) {
      switch (outcome.type) {
        case "text":
          return controller.enqueue(choice({ content: outcome.text }));
        case "error":
          return controller.enqueue({
            data: JSON.stringify({ error: toErrorBody(outcome.error) }),
          });
        case "end":
          controller.enqueue(choice({}, outcome.reason));
          if (includeUsage) controller.enqueue(chunk([], outcome.usage));
          controller.enqueue(DONE);
      }
    },
  });
}
