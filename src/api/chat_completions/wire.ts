import type { Piece } from "../../engine/generate.ts";
import { type AnswerParser, type AnswerPart, isThought } from "../../prompt/answer_parser.ts";
import type { TokenLogprobs } from "../../sampling/token_logprobs.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { PromptProgress } from "../../turn/prompt_progress.ts";
import type { FinishReason, TurnUsage } from "../../turn/turn.ts";
import type { EventWriter } from "../answers/answer_events.ts";
import type { Choice, ChoiceEvent } from "../answers/choices.ts";
import { wireLogprobs } from "../answers/logprobs.ts";
import { padding } from "../answers/padding.ts";
import { toErrorBody } from "../errors/to_wire_error.ts";

/** What a chat completion and all its chunks have in common. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

/** What is needed to write answers. */
export interface CompletionFormat {
  readonly head: CompletionHead;
  readonly choices: number;
  /** Whether the stream ends with the usage. */
  readonly includeUsage: boolean;
  /** Whether chunks that bring text are padded. */
  readonly padded: boolean;
  readonly tokenizer: Tokenizer;
  /** Whether a call is written as `function_call`, as it was before there were tools. */
  readonly functionCall: boolean;
  readonly newParser: () => AnswerParser;
  /** What a call of an answer is called: the same each time. */
  readonly callId: (index: number, call: number) => string;
}

/**
 * OpenAI's `CompletionUsage`.
 *
 * @param keeps whether the states after the prompt are kept
 */
export function completionUsage(
  { prompt, cached, completion, thoughts = 0 }: TurnUsage,
  keeps = true,
) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      cache_write_tokens: keeps ? prompt - cached : 0,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: thoughts,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** OpenAI's reason for the end of an answer. One that was cut off is `length`, calls or not. */
function finishReason(
  reason: FinishReason,
  calls: number,
  functionCall: boolean,
): FinishReason | "tool_calls" | "function_call" {
  if (reason !== "stop" || calls === 0) return reason;
  return functionCall ? "function_call" : "tool_calls";
}

function wireChoice(
  { pieces, reason }: Choice,
  index: number,
  { tokenizer, functionCall, newParser, callId }: CompletionFormat,
) {
  const parser = newParser();
  const parts: AnswerPart[] = [];
  let told: TokenLogprobs[] = [];
  for (const { text, logprobs = [] } of pieces) {
    const more = parser.push(text);
    parts.push(...more);
    told.push(...logprobs);
    if (isThought(parser, more)) told = [];
  }
  parts.push(...parser.end());
  const calls: { id: string; type: "function"; function: { name: string; arguments: string } }[] =
    [];
  let [thoughts, content] = ["", ""];
  for (const part of parts) {
    switch (part.type) {
      case "thought":
        thoughts += part.text;
        break;
      case "content":
        content += part.text;
        break;
      case "call":
        calls.push({
          id: callId(index, part.call),
          type: "function",
          function: { name: part.name, arguments: "" },
        });
        break;
      case "arguments":
        calls[part.call]!.function.arguments += part.text;
    }
  }
  const asked = pieces.some(({ logprobs }) => logprobs !== undefined);
  return {
    index,
    message: {
      role: "assistant",
      content: calls.length > 0 ? null : content,
      // DeepSeek's name, which other servers and most clients have taken over.
      ...(thoughts === "" ? {} : { reasoning_content: thoughts }),
      refusal: null,
      annotations: [],
      ...(calls.length === 0
        ? {}
        : functionCall
        ? { function_call: calls[0]!.function }
        : { tool_calls: calls }),
    },
    logprobs: asked ? { content: wireLogprobs(tokenizer, told), refusal: null } : null,
    finish_reason: finishReason(reason, calls.length, functionCall),
  };
}

/** OpenAI's `ChatCompletion`: the reply to a request that does not stream. */
export function chatCompletion(
  format: CompletionFormat,
  choices: readonly Choice[],
  usage: TurnUsage,
) {
  const { head } = format;
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: choices.map((choice, index) => wireChoice(choice, index, format)),
    usage: completionUsage(usage),
    service_tier: "default",
    system_fingerprint: head.system_fingerprint,
  };
}

/** What a chunk adds to the message. */
interface Delta {
  readonly role?: "assistant";
  readonly content?: string | null;
  readonly reasoning_content?: string;
  readonly refusal?: null;
  readonly tool_calls?: readonly object[];
  readonly function_call?: object;
}

/** What a chunk adds to a choice. */
interface WireChoice {
  readonly index: number;
  readonly delta: Delta;
  readonly logprobs: object | null;
  readonly finish_reason: string | null;
}

/** What differs in length from chunk to chunk. */
function parts({ delta, logprobs }: WireChoice): unknown[] {
  return [...Object.values(delta), logprobs];
}

/**
 * How much of a prompt has been read, as llama.cpp tells it.
 *
 * Source: llama.cpp, `tools/server/README.md`, "return_progress".
 */
export function promptProgress({ total, cached, processed, ms }: PromptProgress) {
  return { prompt_progress: { total, cache: cached, processed, time_ms: Math.round(ms) } };
}

const DONE: SseMessage = { data: "[DONE]" };

/**
 * Writes OpenAI's `ChatCompletionChunk`s: the role of each choice at once, text and calls as they come, the reason for
 * the end of each, the usage if asked for, then `[DONE]`. After an error there is nothing more.
 */
export function chatCompletionChunks(format: CompletionFormat): EventWriter<ChoiceEvent> {
  const { head, includeUsage, padded, tokenizer, functionCall } = format;

  const answers = Array.from({ length: format.choices }, () => ({
    parser: format.newParser(),
    calls: 0,
  }));
  const chunk = (
    choices: readonly WireChoice[],
    usage: TurnUsage | null = null,
    more: object = {},
  ): SseMessage => ({
    data: JSON.stringify({
      id: head.id,
      object: "chat.completion.chunk",
      created: head.created,
      model: head.model,
      service_tier: "default",
      system_fingerprint: head.system_fingerprint,
      choices,
      ...more,
      ...(includeUsage ? { usage: usage && completionUsage(usage) } : {}),
      ...(padded && choices.length > 0 ? { obfuscation: padding(choices.map(parts)) } : {}),
    }),
  });
  const choice = (
    index: number,
    delta: Delta,
    finish_reason: string | null = null,
    logprobs: Piece["logprobs"] = undefined,
  ): SseMessage =>
    chunk([{
      index,
      delta,
      logprobs: logprobs ? { content: wireLogprobs(tokenizer, logprobs), refusal: null } : null,
      finish_reason,
    }]);
  const progressChunk = (progress: PromptProgress): SseMessage =>
    chunk(
      [{ index: 0, delta: {}, logprobs: null, finish_reason: null }],
      null,
      promptProgress(progress),
    );
  /** What a part adds. Nothing tells that a call is whole: the next one does, or the reason for the end. */
  const delta = (index: number, part: AnswerPart): Delta[] => {
    switch (part.type) {
      case "thought":
        return [{ reasoning_content: part.text }];
      case "content":
        return [{ content: part.text }];
      case "call":
        answers[index]!.calls++;
        if (functionCall) return [{ function_call: { name: part.name, arguments: "" } }];
        return [{
          tool_calls: [{
            index: part.call,
            id: format.callId(index, part.call),
            type: "function",
            function: { name: part.name, arguments: "" },
          }],
        }];
      case "arguments":
        if (functionCall) return [{ function_call: { arguments: part.text } }];
        return [{ tool_calls: [{ index: part.call, function: { arguments: part.text } }] }];
      case "thought out":
      case "called":
        return [];
    }
  };

  return {
    opening: () =>
      [...answers.keys()].map((index) =>
        choice(index, { role: "assistant", content: "", refusal: null })
      ),
    next(event) {
      switch (event.type) {
        case "progress":
          return [progressChunk(event)];
        case "text": {
          const { index, text } = event;
          const { parser } = answers[index]!;
          const parts = parser.push(text);
          const logprobs = isThought(parser, parts) ? undefined : event.logprobs;
          const deltas = parts.flatMap((part) => delta(index, part));
          // What was asked is told, even while the text is held back.
          if (deltas.length === 0 && logprobs?.length) deltas.push({});
          return deltas.map((each, i) => choice(index, each, null, i === 0 ? logprobs : undefined));
        }
        case "choice": {
          const { index, reason } = event;
          const { parser } = answers[index]!;
          const rest = parser.end().flatMap((part) => delta(index, part));
          const { calls } = answers[index]!;
          return [
            ...rest.map((each) => choice(index, each)),
            choice(index, {}, finishReason(reason, calls, functionCall)),
          ];
        }
        case "end":
          return [...includeUsage ? [chunk([], event.usage)] : [], DONE];
      }
    },
    failed: (error) => [{ data: JSON.stringify({ error: toErrorBody(error) }) }],
  };
}
