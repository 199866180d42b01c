/**
 * How calls of functions are written in an answer. RWKV's templates before G1 have no tools; for these models it is the
 * form that Hermes and Qwen were taught, and that many a model has seen, one call a line:
 *
 *     <tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}</tool_call>
 *
 * @module
 */

/** Between two calls. */
export const CALL_SEPARATOR = "\n";

/** The forms that there are, by the names that are kept with stored answers. */
export const TOOL_FORMATS = {
  hermes: {
    name: "hermes",
    marker: '<tool_call>{"name": "',
    open: '<tool_call>{"name": "',
    between: '", "arguments": ',
    close: "}</tool_call>",
    separator: CALL_SEPARATOR,
    resultOpen: "<tool_response>\n",
    resultClose: "\n</tool_response>",
  },
  /** Source: RWKV-LM, RWKV-v7/RWKV7-G1x-templates.txt. Several calls are several fences, which is Tern's choice. */
  g1: {
    name: "g1",
    marker: "```json",
    open: '```json\n{"name":"',
    between: '","arguments":',
    close: "}\n```",
    separator: CALL_SEPARATOR,
    resultOpen: "Function output:\n",
    resultClose: "",
  },
} as const satisfies Readonly<Record<string, ToolFormat>>;

/** The name of a form. */
export type ToolFormatName = keyof typeof TOOL_FORMATS;

/** How calls of functions and their results are written. */
export interface ToolFormat {
  readonly name: string;
  /** What an answer that calls begins with, and no other answer does. The beginning of `open`. */
  readonly marker: string;
  /** Before the name. */
  readonly open: string;
  /** Between name and arguments. */
  readonly between: string;
  /** After the arguments. */
  readonly close: string;
  /** Between two calls. */
  readonly separator: string;
  /** Before and after the result of a call. */
  readonly resultOpen: string;
  readonly resultClose: string;
}

/** A call of a function. */
export interface ToolCall {
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/**
 * The text of calls, as a model writes it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const call = { name: "add", arguments: '{"a":1}' };
 * assert.equal(writeCalls([call]), '<tool_call>{"name": "add", "arguments": {"a":1}}</tool_call>');
 * assert.match(writeCalls([call], TOOL_FORMATS.g1), /json\n\{"name":"add","arguments":\{"a":1\}\}\n/);
 * ```
 */
export function writeCalls(
  calls: readonly ToolCall[],
  { open, between, close, separator }: ToolFormat = TOOL_FORMATS.hermes,
): string {
  return calls
    .map(({ name, arguments: json }) => open + name + between + json + close)
    .join(separator);
}

/** The text of the result of a call, as the model reads it. */
export function writeResult(
  output: string,
  { resultOpen, resultClose }: ToolFormat = TOOL_FORMATS.hermes,
): string {
  return resultOpen + output + resultClose;
}
