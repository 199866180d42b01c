/**
 * How calls of functions are written in an answer:
 *
 *     <tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}</tool_call>
 *
 * One a line if there are several. RWKV's published templates have no tools; this is the form that Hermes and Qwen
 * were taught, and that many a model has seen.
 *
 * @module
 */

/** Before the name. */
export const CALL_OPEN = '<tool_call>{"name": "';
/** Between name and arguments. */
export const CALL_ARGUMENTS = '", "arguments": ';
/** After the arguments. */
export const CALL_CLOSE = "}</tool_call>";
/** Between two calls. */
export const CALL_SEPARATOR = "\n";

/** A call of a function. */
export interface ToolCall {
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** The text of calls, as a model writes it. */
export function writeCalls(calls: readonly ToolCall[]): string {
  return calls
    .map(({ name, arguments: json }) => CALL_OPEN + name + CALL_ARGUMENTS + json + CALL_CLOSE)
    .join(CALL_SEPARATOR);
}
