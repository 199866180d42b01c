import type { TurnUsage } from "../../turn/turn.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { CompletionHead } from "../chat_completions/wire.ts";
import { completionUsage, promptProgress } from "../chat_completions/wire.ts";
import type { Choice, ChoiceText, StreamedEvent } from "../answers/choices.ts";
import { toErrorBody } from "../errors/to_wire_error.ts";
import { textOfTokens } from "../tokens/tokens.ts";
import type { Outcome } from "../answers/turn_outcome.ts";
import { joinLogprobs, TextLogprobs, type WireTextLogprobs } from "./text_logprobs.ts";

/** What is needed to write answers. */
export interface TextFormat {
  readonly head: CompletionHead;
  /** The prompt of each answer. */
  readonly prompts: readonly (readonly number[])[];
  /** Whether each answer begins with its prompt. */
  readonly echo: boolean;
  /** Whether it is told how likely the tokens were. */
  readonly tells: boolean;
  /** Tokens of all prompts. */
  readonly promptTokens: number;
  /** Whether the stream ends with the usage. */
  readonly includeUsage: boolean;
  readonly tokenizer: Tokenizer;
}

/** All prompts count, nothing was read before, and nothing is kept. */
function usageOf({ promptTokens }: TextFormat, { completion }: TurnUsage) {
  return completionUsage({ prompt: promptTokens, cached: 0, completion }, false);
}

/** Writes one answer, piece by piece. */
class TextWriter {
  readonly #format: TextFormat;
  readonly #prompt: readonly number[];
  readonly #logprobs: TextLogprobs;

  constructor(format: TextFormat, prompt: readonly number[]) {
    this.#format = format;
    this.#prompt = prompt;
    this.#logprobs = new TextLogprobs(format.tokenizer);
  }

  /** What comes before all pieces: the prompt, if it is to be repeated. */
  begin(): { readonly text: string; readonly logprobs: WireTextLogprobs | null } {
    const { echo, tells, tokenizer } = this.#format;
    if (!echo) return { text: "", logprobs: null };
    const [first] = this.#prompt;
    return {
      text: textOfTokens(this.#prompt, tokenizer),
      // Of the others it is told as they are read.
      logprobs: tells && first !== undefined ? this.#logprobs.first(first) : null,
    };
  }

  /** How likely the tokens of a piece were. */
  logprobs({ prompt, logprobs }: Pick<ChoiceText, "prompt" | "logprobs">): WireTextLogprobs | null {
    const told = [...prompt ?? [], ...logprobs ?? []];
    return this.#format.tells && told.length > 0 ? this.#logprobs.next(told) : null;
  }
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
    choices: choices.map(({ pieces, reason }, index) => {
      const writer = new TextWriter(format, format.prompts[index]!);
      const before = writer.begin();
      const logprobs = [before.logprobs, ...pieces.map((piece) => writer.logprobs(piece))];
      return {
        text: before.text + pieces.map(({ text }) => text).join(""),
        index,
        logprobs: format.tells ? joinLogprobs(logprobs.filter((part) => part !== null)) : null,
        finish_reason: reason,
      };
    }),
    usage: usageOf(format, usage),
  };
}

/** Turns what comes of turns into OpenAI's legacy chunks, then `[DONE]`. After an error there is nothing more. */
export function textChunks(
  format: TextFormat,
): TransformStream<Outcome<StreamedEvent>, SseMessage> {
  const { head, prompts, includeUsage } = format;
  const writers = prompts.map((prompt) => new TextWriter(format, prompt));
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
    logprobs: WireTextLogprobs | null = null,
    finish_reason: string | null = null,
    more: object = {},
  ): SseMessage => chunk([{ text, index, logprobs, finish_reason }], null, more);
  return new TransformStream<Outcome<StreamedEvent>, SseMessage>({
    start(controller) {
      for (const [index, writer] of writers.entries()) {
        const { text, logprobs } = writer.begin();
        if (text !== "" || logprobs !== null) controller.enqueue(choice(index, text, logprobs));
      }
    },
    transform(outcome, controller) {
      switch (outcome.type) {
        case "progress":
          return controller.enqueue(choice(0, "", null, undefined, promptProgress(outcome)));
        case "text": {
          const { index, text } = outcome;
          return controller.enqueue(choice(index, text, writers[index]!.logprobs(outcome)));
        }
        case "choice":
          return controller.enqueue(choice(outcome.index, "", null, outcome.reason));
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
