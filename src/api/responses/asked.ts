import type { AnswerForm } from "../../prompt/answer_form.ts";
import type { ChatTemplate } from "../../prompt/template.ts";
import { TOOL_FORMATS, type ToolFormat, type ToolFormatName } from "../../prompt/tool_format.ts";
import { callsForm, formatOf, type ToolRequest, toolsPrompt } from "../../prompt/tools.ts";
import type { Message } from "../../prompt/message.ts";
import type { AnswerReading } from "../../response/answer_items.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import { LOGPROBS } from "./include.ts";
import type { ResponsesRequest } from "./schema.ts";

/** What of a request decides what the answer is held to. */
export type Asked = Pick<
  ResponsesRequest,
  "instructions" | "tools" | "tool_choice" | "parallel_tool_calls" | "text"
>;

/** How a model marks what its answers consist of. */
export interface AnswerMarks {
  /** How it writes calls. Absent: as Hermes does. */
  readonly format?: ToolFormatName;
  /** Whether its answers may begin with thoughts. */
  readonly thinks?: boolean;
}

/** The marks of answers of a model with this template. */
export function markedAs({ tools, thinks }: ChatTemplate): AnswerMarks {
  return { ...formatOf(tools), ...thinks ? { thinks } : {} };
}

/** What a response was asked for, but for its input. */
export type AskedFor =
  & Pick<ResponsesRequest, "model">
  & Partial<Omit<ResponsesRequest, "model" | "input">>;

/** What is known of a response from its beginning. */
export interface ResponseHead extends AnswerMarks {
  readonly id: string;
  /** The response that it was before it came here in a file: its items are still called after that. */
  readonly formerly?: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  /** What was asked for. The items of its input are there themselves, and not references to them. */
  readonly request: AskedFor & { readonly input: readonly Message[] };
  /** The sampling in use, with what the request did not say filled in. */
  readonly sampling: SamplingOptions;
  /** How much the model was asked to think, if it can. */
  readonly effort?: string;
  /** The fields of the request that were ignored, if there were any. */
  readonly ignored?: readonly string[];
  /** There is no answer: the output is a compaction, or nothing. */
  readonly readOnly?: "compaction" | "nothing";
  /** The id of the output item that is its state, if it was asked for. */
  readonly stateId?: string;
}

/** The schema that a text is held to, if one is asked for. */
function textSchema({ text }: Asked): unknown {
  switch (text?.format?.type) {
    case "json_object":
      return { type: "object" };
    case "json_schema":
      return text.format.schema;
  }
}

/** What is asked of tools, unless none may be called. */
export function toolRequest(request: Asked): ToolRequest | undefined {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = request;
  if (!tools?.length || choice === "none") return undefined;
  const asked = { tools, parallel: parallel ?? true };
  if (typeof choice !== "object" || choice === null) return { ...asked, choice: choice ?? "auto" };
  if (choice.type === "function") return { ...asked, choice };
  const allowed = new Set(choice.tools.map(({ name }) => name));
  const callable = tools.filter(({ name }) => allowed.has(name));
  return { ...asked, tools: callable, choice: choice.mode };
}

/** What the answer is held to. */
export function formOf(request: Asked, format: ToolFormat): AnswerForm | undefined {
  const schema = textSchema(request);
  const asked = toolRequest(request);
  if (asked === undefined) {
    if (schema !== undefined) return { type: "json", ...formatOf(format), schema };
    // The model is told of the tools, and would call them.
    return request.tools?.length ? { type: "text", ...formatOf(format) } : undefined;
  }
  return callsForm(asked, format, isNamed(asked.choice) ? undefined : schema);
}

function isNamed(choice: ToolRequest["choice"]): boolean {
  return typeof choice === "object";
}

/** How the answer of a response is read. */
export function readingOf({ request, format, thinks }: ResponseHead): AnswerReading {
  return { form: formOf(request, TOOL_FORMATS[format ?? "hermes"]), thinks };
}

/**
 * What the system message says: the instructions, and what tools there are. That does not depend on which of them may be
 * called now, so that the state that has read it holds for the turns after, whatever they may call. But models of the G1
 * series were taught to be told there whether they have to call.
 */
export function systemText(request: Asked, format: ToolFormat): string | undefined {
  const { instructions, tools } = request;
  const choice = format.name === "g1" ? toolRequest(request)?.choice ?? "auto" : "auto";
  const prompt = tools?.length ? toolsPrompt({ tools, choice, parallel: true }, format) : undefined;
  const said = [instructions, prompt].filter((text) => text);
  return said.length > 0 ? said.join("\n") : undefined;
}

/** How many of the likeliest tokens are to be told in place of each, if it is asked how likely they were. */
export function topLogprobs(
  { include, top_logprobs }: Pick<ResponsesRequest, "include" | "top_logprobs">,
): number | undefined {
  return include?.includes(LOGPROBS) || top_logprobs ? top_logprobs ?? 0 : undefined;
}
