import type { TurnText, TurnUsage } from "../../chat/turn.ts";
import type { TokenLogprobs } from "../../sampling/token_logprobs.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { CompletionHead } from "../chat_completions/wire.ts";
import { completionUsage, promptProgress } from "../chat_completions/wire.ts";
import type { Choice, StreamedEvent } from "../choices.ts";
import { toErrorBody } from "../to_wire_error.ts";
import { tokenText, wireLogprob } from "../logprobs.ts";
import type { Outcome } from "../turn_outcome.ts";

/** What is needed to write answers. */
export interface TextFormat {
  readonly head: CompletionHead;
  /** What each answer begins with: the prompt, if it is to be repeated. */
  readonly before: readonly string[];
  /** Tokens of all prompts. */
  readonly promptTokens: number;
  /** Whether the stream ends with the usage. */
  readonly includeUsage: boolean;
  readonly tokenizer: Tokenizer;
}

/** Tokens and how likely they were, as legacy completions have it. The offsets are of characters, UTF-16 units. */
function textLogprobs(tokenizer: Tokenizer, told: readonly TokenLogprobs[], offset: number) {
  const tokens = told.map(({ token }) => tokenText(tokenizer, token));
  let at = offset;
  return {
    tokens,
    token_logprobs: told.map(({ logprob }) => wireLogprob(logprob)),
    top_logprobs: told.map(({ top }) =>
      Object.fromEntries(
        top.map(({ token, logprob }) => [tokenText(tokenizer, token), wireLogprob(logprob)]),
      )
    ),
    text_offset: tokens.map((token) => {
      const start = at;
      at += token.length;
      return start;
    }),
  };
}

/** All prompts count, and nothing was read before. */
function usageOf({ promptTokens }: TextFormat, { completion }: TurnUsage) {
  return completionUsage({ prompt: promptTokens, cached: 0, completion });
}

/** OpenAI's legacy `Completion`: the reply to a request that does not stream. */
export function textCompletion(
  format: TextFormat,
  choices: readonly Choice[],
  usage: TurnUsage,
) {
  return {
    ...format.head,
    object: "text_completion",
    choices: choices.map(({ pieces, reason }, index) => ({
      text: format.before[index]! + pieces.map(({ text }) => text).join(""),
      index,
      logprobs: pieces.some(({ logprobs }) => logprobs !== undefined)
        ? textLogprobs(format.tokenizer, pieces.flatMap(({ logprobs = [] }) => logprobs), 0)
        : null,
      finish_reason: reason,
    })),
    usage: usageOf(format, usage),
  };
}

/** Turns what comes of turns into OpenAI's legacy chunks, then `[DONE]`. After an error there is nothing more. */
export function textChunks(
  format: TextFormat,
): TransformStream<Outcome<StreamedEvent>, SseMessage> {
  const { head, before, includeUsage, tokenizer } = format;
  const offsets = before.map(() => 0);
  const chunk = (
    choices: readonly object[],
    usage: TurnUsage | null = null,
    more: object = {},
  ): SseMessage => ({
    data: JSON.stringify({
      ...head,
      object: "text_completion",
      choices,
      ...more,
      ...(includeUsage ? { usage: usage && usageOf(format, usage) } : {}),
    }),
  });
  const choice = (
    index: number,
    text: string,
    finish_reason: string | null = null,
    logprobs: TurnText["logprobs"] = undefined,
    more: object = {},
  ): SseMessage =>
    chunk(
      [{
        text,
        index,
        logprobs: logprobs ? textLogprobs(tokenizer, logprobs, offsets[index]!) : null,
        finish_reason,
      }],
      null,
      more,
    );
  return new TransformStream<Outcome<StreamedEvent>, SseMessage>({
    start(controller) {
      for (const [index, text] of before.entries()) {
        if (text !== "") controller.enqueue(choice(index, text));
      }
    },
    transform(outcome, controller) {
      switch (outcome.type) {
        case "progress":
          return controller.enqueue(choice(0, "", null, undefined, promptProgress(outcome)));
        case "text": {
          const { index, text, logprobs = undefined } = outcome;
          controller.enqueue(choice(index, text, null, logprobs));
          for (const { token } of logprobs ?? []) {
            offsets[index]! += tokenText(tokenizer, token).length;
          }
          return;
        }
        case "choice":
          return controller.enqueue(choice(outcome.index, "", outcome.reason));
        case "error":
          return controller.enqueue({
            data: JSON.stringify({ error: toErrorBody(outcome.error) }),
          });
        case "end":
          if (includeUsage) controller.enqueue(chunk([], outcome.usage));
          controller.enqueue({ data: "[DONE]" });
      }
    },
  });
}
