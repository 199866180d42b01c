import { type AnswerForm, answerGrammar } from "../../chat/answer_form.ts";
import { SchemaError } from "../../constrain/errors.ts";
import type { Grammar } from "../../constrain/grammar.ts";
import type { GrammarCache } from "../../constrain/grammar_cache.ts";
import { InvalidRequestError } from "../errors.ts";
import { fieldName } from "../validation.ts";
import { type AnswerSchema, callsForm, type ToolRequest } from "./tools.ts";

/**
 * The grammar that an answer with tools is held to.
 *
 * @param path where the schema of a tool's parameters is in the request
 * @param schema of JSON that the answer may be instead of calls
 * @throws {InvalidRequestError} if a schema is not supported, or the function to call is not among the tools
 */
export function toolsGrammar(
  cache: GrammarCache,
  tenant: string,
  request: ToolRequest,
  path: (index: number) => readonly PropertyKey[],
  schema?: AnswerSchema,
): Grammar {
  return formGrammar(cache, tenant, callsForm(request, schema?.schema), {
    tool: (name) => path(request.tools.findIndex((tool) => tool.name === name)),
    ...(schema ? { schema: schema.path } : {}),
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
