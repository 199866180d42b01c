import { z } from "zod";
import { SchemaError } from "../../constrain/errors.ts";
import type { Grammar } from "../../constrain/grammar.ts";
import type { GrammarCache } from "../../constrain/grammar_cache.ts";
import { type AnswerForm, answerGrammar } from "../../chat/answer_form.ts";
import { writeCalls } from "../../chat/tool_format.ts";
import type { Message } from "../../conversation/message.ts";
import { InvalidRequestError } from "../errors.ts";
import { fieldName } from "../validation.ts";

/** Functions in one request. Source: OpenAI API reference. */
export const MAX_TOOLS = 128;

/** The name of a function. */
export const toolName = z.string().regex(
  /^[\w-]{1,64}$/,
  "it must be up to 64 letters, digits, '_' and '-'",
);

/** A function that an answer may call. */
export interface Tool {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What an answer is held to: `auto` may be text, `required` must call, a name must call that function. */
export type ToolChoice = "auto" | "required" | { readonly name: string };

/** What is asked of the tools of an answer. */
export interface ToolRequest {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  readonly parallel: boolean;
}

/** What `response_format` or `text.format` asks for. */
export type AnswerSchema =
  | { readonly schema: unknown; readonly path: readonly PropertyKey[] }
  | undefined;

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
 * The grammar that an answer with tools is held to.
 *
 * @param path where the schema of a tool's parameters is in the request
 * @throws {InvalidRequestError} if a schema is not supported, or the function to call is not among the tools
 */
export function toolsGrammar(
  cache: GrammarCache,
  tenant: string,
  request: ToolRequest,
  path: (index: number) => readonly PropertyKey[],
): Grammar {
  return formGrammar(cache, tenant, callsForm(request), {
    tool: (name) => path(request.tools.findIndex((tool) => tool.name === name)),
  });
}

/**
 * The grammar of a schema.
 *
 * @throws {InvalidRequestError} if it is not supported
 */
export function schemaGrammar(
  cache: GrammarCache,
  tenant: string,
  { schema, path }: NonNullable<AnswerSchema>,
): Grammar {
  return formGrammar(cache, tenant, { type: "json", schema }, { schema: path });
}

/** Where in a request are the schemas that a form is made from. */
export interface SchemaPlaces {
  /** Of the arguments of a function. */
  readonly tool?: (name: string) => readonly PropertyKey[];
  /** Of the answer itself. */
  readonly schema?: readonly PropertyKey[];
}

/**
 * The grammar of a form.
 *
 * @throws {InvalidRequestError} that names the place in the request which is not supported
 */
export function formGrammar(
  cache: GrammarCache,
  tenant: string,
  form: AnswerForm,
  places: SchemaPlaces,
): Grammar {
  try {
    return answerGrammar(cache, tenant, form);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const param = fieldName(placeOf(form, error.path, places));
    throw new InvalidRequestError(`Invalid '${param}': ${error.why}.`, param, "invalid_schema");
  }
}

/** Which part of the request is at fault. */
function placeOf(
  form: AnswerForm,
  path: readonly PropertyKey[],
  { tool, schema = [] }: SchemaPlaces,
): readonly PropertyKey[] {
  if (form.type !== "calls") return [...schema, ...path];
  const [first, ...rest] = path;
  if (first === "schema") return [...schema, ...rest];
  // What is too large as a whole has no place of its own.
  const { name = "" } = form.tools[typeof first === "number" ? first : 0] ?? {};
  return [...tool?.(name) ?? [], ...rest];
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

/** The text of the result of a call, as the model is told it. */
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
