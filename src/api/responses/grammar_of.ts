import type { Grammar } from "../../constrain/grammar.ts";
import type { GrammarCache } from "../../constrain/grammar_cache.ts";
import { formGrammar } from "../tools/grammars.ts";
import { type Asked, formOf } from "./asked.ts";

/**
 * The grammar of what the answer is held to.
 *
 * @throws {InvalidRequestError} if a schema is not supported
 */
export function grammarOf(
  cache: GrammarCache,
  tenant: string,
  request: Asked,
): Grammar | undefined {
  const form = formOf(request);
  const { tools } = request;
  return form && formGrammar(cache, tenant, form, {
    tool: (name) => ["tools", tools?.findIndex((tool) => tool.name === name) ?? 0, "parameters"],
    schema: textSchemaPath(request),
  });
}

function textSchemaPath({ text }: Asked): readonly PropertyKey[] {
  return text?.format?.type === "json_schema" ? ["text", "format", "schema"] : ["text", "format"];
}
