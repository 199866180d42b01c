import type { AnswerForm } from "./answer_form.ts";
import {
  TOOL_FORMATS,
  type ToolCall,
  type ToolFormat,
  writeCalls,
  writeResult,
} from "./tool_format.ts";
import type { Message, ToolUse } from "./message.ts";
import type { AskedOpening } from "./thinking.ts";

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
export function callsForm(
  { tools, choice, parallel }: ToolRequest,
  format: ToolFormat,
  schema?: unknown,
): AnswerForm {
  return {
    type: "calls",
    ...formatOf(format),
    tools: tools
      .filter(({ name }) => typeof choice === "string" || choice.name === name)
      .map(({ name, parameters }) => ({ name, ...(parameters ? { parameters } : {}) })),
    text: choice === "auto" && schema === undefined,
    ...(choice === "auto" && schema !== undefined ? { schema } : {}),
    parallel: parallel && typeof choice === "string",
  };
}

/** A form as it is kept with an answer: nothing is said of the one that there always was. */
export function formatOf({ name }: ToolFormat): Pick<AnswerForm, "format"> {
  return name === "g1" ? { format: name } : {};
}

/**
 * What the prompt begins the answer with, if that has to be a call and the model was taught so. A model that is told which
 * form calls have begins by itself.
 */
export function openingCall(
  request: ToolRequest | undefined,
  { name, marker }: ToolFormat,
): Pick<AskedOpening, "call"> {
  return name === "g1" && request !== undefined && request.choice !== "auto"
    ? { call: marker }
    : {};
}

/** What the model is told of the tools: part of its system message. */
export function toolsPrompt(request: ToolRequest, format: ToolFormat): string {
  return format.name === "g1" ? g1Prompt(request) : hermesPrompt(request, format);
}

function hermesPrompt({ tools, choice }: ToolRequest, format: ToolFormat): string {
  const functions = tools.map(({ name, description, parameters }) =>
    JSON.stringify({
      name,
      ...(description ? { description } : {}),
      ...(parameters ? { parameters } : {}),
    })
  );
  const example = writeCalls([{ name: "NAME", arguments: "{...}" }], format);
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

/** As models of the G1 series were taught, who are told of the properties of the arguments alone. */
function g1Prompt({ tools, choice }: ToolRequest): string {
  const functions = tools.map(({ name, description, parameters }) =>
    JSON.stringify({
      name,
      ...(description ? { description } : {}),
      arguments: parameters?.["properties"] ?? {},
    })
  );
  return [
    "Tools:",
    "[",
    functions.join(",\n"),
    "]",
    // Where a call is free, the sentence would not be true.
    ...choice === "auto" ? [] : ["Return only a JSON function call."],
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
export function toolMessage(tool: ToolUse, format: ToolFormat = TOOL_FORMATS.hermes): Message {
  return tool.type === "call"
    ? { role: "assistant", text: writeCalls([tool], format), tool }
    : { role: "user", text: writeResult(tool.output, format), tool };
}

/** The text of an answer with calls. A model answers with text or calls; text beside calls comes first. */
export function answerText(
  said: string,
  calls: readonly ToolCall[],
  format: ToolFormat,
): string {
  if (calls.length === 0) return said;
  const text = writeCalls(calls, format);
  return said.trim() === "" ? text : `${said}\n${text}`;
}

/** The messages, with more said in the system message, which is added if there is none. */
export function addPrompt(messages: readonly Message[], prompt: string): Message[] {
  const [first, ...others] = messages;
  return first?.role === "system"
    ? [{ role: "system", text: `${first.text}\n${prompt}` }, ...others]
    : [{ role: "system", text: prompt }, ...messages];
}
