import type { AnswerForm } from "../../prompt/answer_form.ts";
import { callsForm, toolsPrompt } from "../../prompt/tools.ts";
import type { Message } from "../../prompt/message.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import { LOGPROBS } from "./include.ts";
import type { ResponsesRequest } from "./schema.ts";

/** What of a request decides what the answer is held to. */
export type Asked = Pick<
  ResponsesRequest,
  "instructions" | "tools" | "tool_choice" | "parallel_tool_calls" | "text"
>;

/** What a response was asked for, but for its input. */
export type AskedFor =
  & Pick<ResponsesRequest, "model">
  & Partial<Omit<ResponsesRequest, "model" | "input">>;

/** What is known of a response from its beginning. */
export interface ResponseHead {
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

/** What the answer is held to. */
export function formOf(request: Asked): AnswerForm | undefined {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = request;
  const schema = textSchema(request);
  if (!tools?.length || choice === "none") {
    if (schema !== undefined) return { type: "json", schema };
    // The model is told of the tools, and would call them.
    return tools?.length ? { type: "text" } : undefined;
  }
  const asked = { tools, choice: "auto", parallel: parallel ?? true } as const;
  if (typeof choice !== "object" || choice === null) {
    return callsForm({ ...asked, choice: choice ?? "auto" }, schema);
  }
  if (choice.type === "function") return callsForm({ ...asked, choice });
  const allowed = new Set(choice.tools.map(({ name }) => name));
  const callable = tools.filter(({ name }) => allowed.has(name));
  return callsForm({ ...asked, tools: callable, choice: choice.mode }, schema);
}

/**
 * What the system message says: the instructions, and what tools there are. That does not depend on which of them may be
 * called now, so that the state that has read it holds for the turns after, whatever they may call.
 */
export function systemText({ instructions, tools }: Asked): string | undefined {
  const prompt = tools?.length ? toolsPrompt({ tools, choice: "auto", parallel: true }) : undefined;
  const said = [instructions, prompt].filter((text) => text);
  return said.length > 0 ? said.join("\n") : undefined;
}

/** How many of the likeliest tokens are to be told in place of each, if it is asked how likely they were. */
export function topLogprobs(
  { include, top_logprobs }: Pick<ResponsesRequest, "include" | "top_logprobs">,
): number | undefined {
  return include?.includes(LOGPROBS) || top_logprobs ? top_logprobs ?? 0 : undefined;
}
