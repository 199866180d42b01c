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

/** Names the items of an answer, from what its response is called. They always are the same. */
export interface ReplyIds {
  /** A message. */
  readonly message: string;
  /** Its thoughts. */
  readonly thoughts: string;
  /** The call that comes as the n-th, as an item. */
  call(index: number): string;
  /** What its result refers to. */
  callId(index: number): string;
}

/**
 * The names of what a response consists of. Whoever knows one knows the response.
 *
 * @param response its id
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

/** What the thoughts before an item of an answer are called. */
export function thoughtsId(item: string): string {
  const [, name = item] = /^[a-z]+_(.*?)(?:_\d+)?$/.exec(item) ?? [];
  return `rs_${name}`;
}

/** How an answer is to be read. */
export interface AnswerReading {
  /** What it was held to. Without a form, it is text. */
  readonly form?: AnswerForm | undefined;
  /** Whether it may begin with thoughts. */
  readonly thinks?: boolean | undefined;
}

/** What reads an answer as it comes. */
export function parserOf({ form, thinks = false }: AnswerReading): AnswerParser {
  const parser = form?.type === "calls"
    ? new ToolCallParser(TOOL_FORMATS[form.format ?? "hermes"])
    : PLAIN_PARSER;
  return thinks ? new ThoughtsParser(parser) : parser;
}

/** A whole answer: its thoughts, and its text or its calls. */
export interface ParsedAnswer {
  readonly thoughts: string;
  /** Whether there is anything after the thoughts, or they were ended. */
  readonly thoughtOut: boolean;
  readonly text: string;
  readonly calls: readonly (ToolCall & {
    /** Whether it is there whole. */
    readonly whole: boolean;
  })[];
}

/**
 * Reads a whole answer.
 *
 * @param ended whether it has ended; if not, what may still become a call is left out
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
 * An answer as messages of the conversation, with their names: one message, or one for each call. The first of them has
 * the thoughts.
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
    // The last one has all the rest, so that the texts are what the model wrote, even if it was cut off.
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

/** How likely the tokens of an answer were, its thoughts aside, if it was asked for that. */
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

/** The parts of an answer as it was made. */
export function splitAnswer(thinks: boolean | undefined, answer: string): SplitAnswer {
  return thinks ? splitThoughts(answer) : { answer };
}
