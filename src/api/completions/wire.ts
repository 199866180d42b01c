import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TurnUsage } from "../../turn/turn.ts";
import type { EventWriter } from "../answers/answer_events.ts";
import type { Choice, ChoiceEvent, ChoiceText } from "../answers/choices.ts";
import { type CompletionHead, completionUsage, promptProgress } from "../chat_completions/wire.ts";
import { toErrorBody } from "../errors/to_wire_error.ts";
import { textOfTokens } from "../tokens/tokens.ts";
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

/** Writes OpenAI's legacy chunks, then `[DONE]`. After an error there is nothing more. */
export function textChunks(format: TextFormat): EventWriter<ChoiceEvent> {
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
  return {
    opening: () =>
      [...writers.entries()].flatMap(([index, writer]) => {
        const { text, logprobs } = writer.begin();
        return text !== "" || logprobs !== null ? [choice(index, text, logprobs)] : [];
      }),
    next(event) {
      switch (event.type) {
        case "progress":
          return [choice(0, "", null, undefined, promptProgress(event))];
        case "text":
          return [choice(event.index, event.text, writers[event.index]!.logprobs(event))];
        case "choice":
          return [choice(event.index, "", null, event.reason)];
        case "end":
          return [...includeUsage ? [chunk([], event.usage)] : [], { data: "[DONE]" }];
      }
    },
    failed: (error) => [{ data: JSON.stringify({ error: toErrorBody(error) }) }],
  };
}
