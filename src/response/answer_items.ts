import type { Item } from "../tree/transcript.ts";
import type { AnswerForm } from "../prompt/answer_form.ts";
import { type AnswerParser, PLAIN_PARSER, ToolCallParser } from "../prompt/answer_parser.ts";
import { CALL_SEPARATOR, type ToolCall, writeCalls } from "../prompt/tool_format.ts";

/** Names the items of an answer, from what its response is called. They always are the same. */
export interface ReplyIds {
  /** A message. */
  readonly message: string;
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
    call: (index) => `fc_${name}_${index}`,
    callId: (index) => `call_${name}_${index}`,
  };
}

/** What reads answers of a form. Without one, they are text. */
export function parserOf(form: AnswerForm | undefined): AnswerParser {
  return form?.type === "calls" ? new ToolCallParser() : PLAIN_PARSER;
}

/** A whole answer: its text, or its calls. */
export interface ParsedAnswer {
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
  form: AnswerForm | undefined,
  answer: string,
  ended = true,
): ParsedAnswer {
  const parser = parserOf(form);
  let text = "";
  const calls: { name: string; arguments: string; whole: boolean }[] = [];
  for (const part of [...parser.push(answer), ...ended ? parser.end() : []]) {
    switch (part.type) {
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
  return { text, calls };
}

/** An answer as messages of the conversation, with their names: one message, or one for each call. */
export function replyItems(
  response: string,
  form: AnswerForm | undefined,
  answer: string,
): readonly Item[] {
  const ids = replyIds(response);
  const { calls } = parseAnswer(form, answer);
  if (calls.length === 0) {
    return [{ id: ids.message, message: { role: "assistant", text: answer } }];
  }
  let at = 0;
  return calls.map(({ whole: _, ...call }, index) => {
    // The last one has all the rest, so that the texts are what the model wrote, even if it was cut off.
    const whole = writeCalls([call]);
    const text = index === calls.length - 1 ? answer.slice(at) : whole;
    at += whole.length + CALL_SEPARATOR.length;
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
