import type { Item } from "../tree/transcript.ts";
import type { Piece } from "../engine/generate.ts";
import type { TokenLogprobs } from "../sampling/token_logprobs.ts";
import type { SplitAnswer } from "../prompt/message.ts";
import type { AnswerForm } from "../prompt/answer_form.ts";
import {
  type AnswerParser,
  isThought,
  PLAIN_PARSER,
  splitThoughts,
  ThoughtsParser,
  ToolCallParser,
} from "../prompt/answer_parser.ts";
import { TOOL_FORMATS, type ToolCall, writeCalls } from "../prompt/tool_format.ts";

/** Ids of an answer's items, derived from the response's id, so that they never change. */
export interface ReplyIds {
  /** Id of the message. */
  readonly message: string;
  /** Id of the reasoning item. */
  readonly thoughts: string;
  /** Id of the item of the n-th call. */
  call(index: number): string;
  /** The `call_id` that the result of the n-th call refers to. */
  callId(index: number): string;
}

/**
 * The ids of the items of a response. They reveal the response's id.
 *
 * @param response the response's id
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(replyIds("resp_12").message, "msg_12");
 * assert.equal(replyIds("resp_12").call(1), "fc_12_1");
 * ```
 */
export function replyIds(response: string): ReplyIds {
  const name = response.slice(response.indexOf("_") + 1);
  return {
    message: `msg_${name}`,
    thoughts: `rs_${name}`,
    call: (index) => `fc_${name}_${index}`,
    callId: (index) => `call_${name}_${index}`,
  };
}

/** Id of the reasoning that precedes an item of an answer. */
export function thoughtsId(item: string): string {
  const [, name = item] = /^[a-z]+_(.*?)(?:_\d+)?$/.exec(item) ?? [];
  return `rs_${name}`;
}

/** How to parse an answer. */
export interface AnswerReading {
  /** The form that constrained the answer. Absent: plain text. */
  readonly form?: AnswerForm | undefined;
  /** Whether the answer may begin with thoughts. */
  readonly thinks?: boolean | undefined;
}

/** An incremental parser of an answer. */
export function parserOf({ form, thinks = false }: AnswerReading): AnswerParser {
  const parser = form?.type === "calls"
    ? new ToolCallParser(TOOL_FORMATS[form.format ?? "hermes"])
    : PLAIN_PARSER;
  return thinks ? new ThoughtsParser(parser) : parser;
}

/** A parsed answer: its thoughts, and its text or its calls. */
export interface ParsedAnswer {
  readonly thoughts: string;
  /** Whether anything follows the thoughts, or they were closed. */
  readonly thoughtOut: boolean;
  readonly text: string;
  readonly calls: readonly (ToolCall & {
    /** Whether it is complete. */
    readonly whole: boolean;
  })[];
}

/**
 * Parses a whole answer.
 *
 * @param ended whether generation has ended; if not, text that may still become a call is left out
 */
export function parseAnswer(
  reading: AnswerReading,
  answer: string,
  ended = true,
): ParsedAnswer {
  const parser = parserOf(reading);
  let [thoughts, text] = ["", ""];
  let thoughtOut = false;
  const calls: { name: string; arguments: string; whole: boolean }[] = [];
  for (const part of [...parser.push(answer), ...ended ? parser.end() : []]) {
    switch (part.type) {
      case "thought":
        thoughts += part.text;
        break;
      case "thought out":
        thoughtOut = true;
        break;
      case "content":
        text += part.text;
        break;
      case "call":
        calls.push({ name: part.name, arguments: "", whole: false });
        break;
      case "arguments":
        calls[part.call]!.arguments += part.text;
        break;
      case "called":
        calls[part.call]!.whole = true;
    }
  }
  return { thoughts, thoughtOut, text, calls };
}

/**
 * An answer as messages of the conversation with their ids: one message, or one for each call. The first carries the
 * thoughts.
 */
export function replyItems(
  response: string,
  form: AnswerForm | undefined,
  { thoughts, answer }: SplitAnswer,
): readonly Item[] {
  const [first, ...others] = answerItems(response, form, answer);
  if (thoughts === undefined) return [first!, ...others];
  return [{ ...first!, message: { ...first!.message, thoughts } }, ...others];
}

function answerItems(
  response: string,
  form: AnswerForm | undefined,
  answer: string,
): readonly Item[] {
  const ids = replyIds(response);
  const { calls } = parseAnswer({ form }, answer);
  if (calls.length === 0) {
    return [{ id: ids.message, message: { role: "assistant", text: answer } }];
  }
  const format = TOOL_FORMATS[form?.format ?? "hermes"];
  let at = 0;
  return calls.map(({ whole: _, ...call }, index) => {
    // The last message takes all remaining text, so that the texts add up to what the model wrote, even if it was cut
    // off.
    const whole = writeCalls([call], format);
    const text = index === calls.length - 1 ? answer.slice(at) : whole;
    at += whole.length + format.separator.length;
    return {
      id: ids.call(index),
      message: {
        role: "assistant",
        text,
        tool: { type: "call", callId: ids.callId(index), ...call },
      },
    };
  });
}

/** The logprobs of an answer's tokens, without those of its thoughts, if they were requested. */
export function answerLogprobs(
  reading: AnswerReading,
  pieces: readonly Pick<Piece, "text" | "logprobs">[],
): TokenLogprobs[] {
  const parser = parserOf(reading);
  let told: TokenLogprobs[] = [];
  for (const { text, logprobs = [] } of pieces) {
    told.push(...logprobs);
    if (isThought(parser, parser.push(text))) told = [];
  }
  return told;
}

/** The content parts of an answer. */
export function splitAnswer(thinks: boolean | undefined, answer: string): SplitAnswer {
  return thinks ? splitThoughts(answer) : { answer };
}
