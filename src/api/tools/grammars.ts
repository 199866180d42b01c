import type { AnswerForm } from "../../prompt/answer_form.ts";
import type { AnswerGrammars } from "../../prompt/answer_grammars.ts";
import type { ToolFormat } from "../../prompt/tool_format.ts";
import { callsForm, formatOf, type ToolRequest } from "../../prompt/tools.ts";
import type { Grammar, Unenforced } from "../../constrain/grammar.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import { fieldName } from "../requests/validation.ts";

/** What `response_format` or `text.format` asks for. */
export type AnswerSchema =
  | {
    readonly schema: unknown;
    readonly path: readonly PropertyKey[];
    /** Whether the request is refused if the schema cannot be enforced as a whole. */
    readonly strict?: boolean | null | undefined;
  }
  | undefined;

/** What an answer is held to. */
export interface AnswerGrammar {
  readonly grammar: Grammar;
  /** The keywords of schemas in the request that the grammar does not enforce, as `tools[0].function.parameters.not`. */
  readonly unenforced: readonly string[];
}

/** Where grammars are made, and how. */
export interface GrammarMaking {
  readonly grammars: AnswerGrammars;
  readonly tenant: string;
  /** How the model writes calls. */
  readonly format: ToolFormat;
  /** Whether every schema is to be enforced, also those that do not ask for it. */
  readonly isStrict: boolean;
}

/**
 * The grammar that an answer with tools is held to.
 *
 * @param path where the schema of a tool's parameters is in the request
 * @param schema of JSON that the answer may be instead of calls
 * @throws {InvalidRequestError} if a strict schema cannot be enforced
 */
export function toolsGrammar(
  { grammars, tenant, format, isStrict }: GrammarMaking,
  request: ToolRequest,
  path: (index: number) => readonly PropertyKey[],
  schema?: AnswerSchema,
): Promise<AnswerGrammar> {
  const tool = (name: string): SchemaPlace => {
    const index = request.tools.findIndex((tool) => tool.name === name);
    return { path: path(index), strict: request.tools[index]?.strict };
  };
  const places = { tool, ...schema ? { schema } : {} };
  const form = callsForm(request, format, schema?.schema);
  return formGrammar(grammars, tenant, form, places, isStrict);
}

/**
 * The grammar of a schema.
 *
 * @throws {InvalidRequestError} if it is strict and cannot be enforced
 */
export function schemaGrammar(
  { grammars, tenant, format, isStrict }: GrammarMaking,
  { schema, ...place }: NonNullable<AnswerSchema>,
): Promise<AnswerGrammar> {
  const form: AnswerForm = { type: "json", ...formatOf(format), schema };
  return formGrammar(grammars, tenant, form, { schema: place }, isStrict);
}

/** Where in a request a schema is, and whether the request is refused if the schema cannot be enforced. */
export interface SchemaPlace {
  readonly path: readonly PropertyKey[];
  readonly strict?: boolean | null | undefined;
}

/** The schemas that a form is made from. */
export interface SchemaPlaces {
  /** Of the arguments of a function. */
  readonly tool?: (name: string) => SchemaPlace;
  /** Of the answer itself. */
  readonly schema?: SchemaPlace;
}

/**
 * The grammar of a form.
 *
 * @param isStrict whether every schema is to be enforced, also those that do not ask for it
 * @throws {InvalidRequestError} that names the first keyword of a strict schema that cannot be enforced
 * @throws {EffortExceededError} if it takes too long to compile
 */
export async function formGrammar(
  grammars: AnswerGrammars,
  tenant: string,
  form: AnswerForm,
  places: SchemaPlaces,
  isStrict = false,
): Promise<AnswerGrammar> {
  const grammar = await grammars.get(tenant, form);
  const unenforced = grammar.unenforced.map((entry) => {
    const { field, strict } = placeOf(form, entry, places);
    if (!isStrict && strict !== true) return field;
    throw new InvalidRequestError(`Invalid '${field}': ${entry.why}.`, field, "invalid_schema");
  });
  return { grammar, unenforced };
}

/** The field of the request that is not enforced, and whether it must be. */
function placeOf(form: AnswerForm, { path }: Unenforced, { tool, schema }: SchemaPlaces) {
  const [first, ...rest] = path;
  let [place, within] = [schema, path];
  if (form.type === "calls") {
    within = rest;
    if (first !== "schema") place = tool?.(form.tools[Number(first)]!.name);
  }
  return { field: fieldName([...place?.path ?? [], ...within]), strict: place?.strict };
}
