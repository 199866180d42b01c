import { z } from "zod";
import { SchemaError } from "../../constrain/errors.ts";
import type { Grammar } from "../../constrain/grammar.ts";
import type { GrammarCache } from "../../constrain/grammar_cache.ts";
import { compileSchema } from "../../constrain/json_schema/compile_schema.ts";
import { toolGrammar } from "../../constrain/tool_grammar.ts";
import {
  CALL_ARGUMENTS,
  CALL_CLOSE,
  CALL_OPEN,
  CALL_SEPARATOR,
  writeCalls,
} from "../../chat/tool_format.ts";
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

const ANY_OBJECT = { type: "object" };
const FORMAT = {
  open: CALL_OPEN,
  between: CALL_ARGUMENTS,
  close: CALL_CLOSE,
  separator: CALL_SEPARATOR,
} as const;

/**
 * The grammar that an answer with tools is held to.
 *
 * @param path where the schema of a tool's parameters is in the request
 * @throws {InvalidRequestError} if a schema is not supported, or the function to call is not among the tools
 */
export function toolsGrammar(
  cache: GrammarCache,
  tenant: string,
  { tools, choice, parallel }: ToolRequest,
  path: (index: number) => readonly PropertyKey[],
): Grammar {
  const callable = tools
    .map(({ name, parameters }, index) => ({
      name,
      parameters: parameters ?? ANY_OBJECT,
      path: path(index),
    }))
    .filter(({ name }) => typeof choice === "string" || choice.name === name);
  const options = { text: choice === "auto", parallel: parallel && typeof choice === "string" };
  const key = JSON.stringify(["tools", callable, options]);
  return cache.get(
    tenant,
    key,
    (id) =>
      reporting(
        callable[0]?.path ?? [],
        () => toolGrammar(id, { tools: callable, format: FORMAT, ...options }),
      ),
  );
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
  return cache.get(tenant, JSON.stringify(["schema", schema]), (id) =>
    reporting([], () => {
      try {
        return compileSchema(id, schema);
      } catch (error) {
        if (!(error instanceof SchemaError)) throw error;
        throw new SchemaError([...path, ...error.path], error.why);
      }
    }));
}

/** Tells the client which part of its schema is at fault. */
function reporting<T>(fallback: readonly PropertyKey[], compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const param = fieldName(error.path.length > 0 ? error.path : fallback);
    throw new InvalidRequestError(`Invalid '${param}': ${error.why}.`, param, "invalid_schema");
  }
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
