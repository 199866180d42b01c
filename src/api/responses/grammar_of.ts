import type { AnswerGrammars } from "../../prompt/answer_grammars.ts";
import type { ToolFormat } from "../../prompt/tool_format.ts";
import { type AnswerGrammar, formGrammar, type SchemaPlace } from "../tools/grammars.ts";
import { type Asked, formOf } from "./asked.ts";

/**
 * The grammar of what the answer is held to.
 *
 * @param format how the model writes calls
 * @param isStrict whether every schema is to be enforced, also those that do not ask for it
 * @throws {InvalidRequestError} if a strict schema cannot be enforced
 */
export async function grammarOf(
  grammars: AnswerGrammars,
  tenant: string,
  request: Asked,
  format: ToolFormat,
  isStrict = false,
): Promise<AnswerGrammar | undefined> {
  const form = formOf(request, format);
  const { tools } = request;
  return form && await formGrammar(grammars, tenant, form, {
    tool(name) {
      const index = tools?.findIndex((tool) => tool.name === name) ?? 0;
      return { path: ["tools", index, "parameters"], strict: tools?.[index]?.strict };
    },
    schema: textSchema(request),
  }, isStrict);
}

function textSchema({ text }: Asked): SchemaPlace {
  const format = text?.format;
  return format?.type === "json_schema"
    ? { path: ["text", "format", "schema"], strict: format.strict }
    : { path: ["text", "format"] };
}
