import type { AnswerForm } from "./answer_form.ts";
import { type ToolCall, writeCalls } from "./tool_format.ts";
import type { Message, ToolUse } from "./message.ts";

/** A function that an answer may call. */
export interface Tool {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
  /** Whether the request is refused if the schema cannot be enforced as a whole. */
  readonly strict?: boolean | null | undefined;
}

/** What an answer is held to: `auto` may be text, `required` must call, a name must call that function. */
export type ToolChoice = "auto" | "required" | { readonly name: string };

/** What is asked of the tools of an answer. */
export interface ToolRequest {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  readonly parallel: boolean;
}

/**
 * What an answer with tools is held to.
 *
 * @param schema of JSON that it may be instead
 */
export function callsForm({ tools, choice, parallel }: ToolRequest, schema?: unknown): AnswerForm {
  return {
    type: "calls",
    tools: tools
      .filter(({ name }) => typeof choice === "string" || choice.name === name)
      .map(({ name, parameters }) => ({ name, ...(parameters ? { parameters } : {}) })),
    text: choice === "auto" && schema === undefined,
    ...(choice === "auto" && schema !== undefined ? { schema } : {}),
    parallel: parallel && typeof choice === "string",
  };
}

/**
 * What the model is told of the tools: part of its system message.
 */
export function toolsPrompt({ tools, choice }: ToolRequest): string {
  const functions = tools.map(({ name, description, parameters }) =>
    JSON.stringify({
      name,
      ...(description ? { description } : {}),
      ...(parameters ? { parameters } : {}),
    })
  );
  const example = writeCalls([{ name: "NAME", arguments: "{...}" }]);
  const how = choice === "auto"
    ? "To call functions, answer only with lines of this form:"
    : "Answer only with lines of this form:";
  return [
    "You can call these functions:",
    ...functions,
    how,
    example,
    "The results then come between <tool_response> and </tool_response>.",
  ].join("\n");
}

/**
 * A call of a function, or its result, as the message that the model reads.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const { role, text } = toolMessage({ type: "result", callId: "call_1", output: "3" });
 * assert.deepEqual([role, text], ["user", "<tool_response>\n3\n</tool_response>"]);
 * ```
 */
export function toolMessage(tool: ToolUse): Message {
  return tool.type === "call"
    ? { role: "assistant", text: writeCalls([tool]), tool }
    : { role: "user", text: toolResult(tool.output), tool };
}

/** The text of an answer with calls. A model answers with text or calls; text beside calls comes first. */
export function answerText(said: string, calls: readonly ToolCall[]): string {
  if (calls.length === 0) return said;
  return said.trim() === "" ? writeCalls(calls) : `${said}\n${writeCalls(calls)}`;
}

/** The text of the result of a call, as the model reads it. */
export function toolResult(text: string): string {
  return `<tool_response>\n${text}\n</tool_response>`;
}

/** The messages, with more said in the system message, which is added if there is none. */
export function addPrompt(messages: readonly Message[], prompt: string): Message[] {
  const [first, ...others] = messages;
  return first?.role === "system"
    ? [{ role: "system", text: `${first.text}\n${prompt}` }, ...others]
    : [{ role: "system", text: prompt }, ...messages];
}
