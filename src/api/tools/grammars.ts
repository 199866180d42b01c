import { CALL_ARGUMENTS, CALL_CLOSE, CALL_OPEN, CALL_SEPARATOR } from "../../chat/tool_format.ts";
import { SchemaError } from "../../constrain/errors.ts";
import type { Grammar } from "../../constrain/grammar.ts";
import type { GrammarCache } from "../../constrain/grammar_cache.ts";
import { compileSchema } from "../../constrain/json_schema/compile_schema.ts";
import { toolGrammar } from "../../constrain/tool_grammar.ts";
import { InvalidRequestError } from "../errors.ts";
import { fieldName } from "../validation.ts";
import type { AnswerSchema, ToolRequest } from "./tools.ts";

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
