import { isObject, type JsonObject } from "./json_object.ts";
import { isNeutral } from "./neutral.ts";
import { impossible } from "./unsupported.ts";

/** A schema that an answer is held to: any JSON object if it is `true`. */
export type AskedSchema = JsonObject | true;

/**
 * What other servers restrict an answer with besides JSON Schema. An answer that may be anything would be a wrong one.
 *
 * Source: vLLM, SGLang, llama.cpp.
 */
export const CONSTRAINTS = {
  allowed_token_ids: impossible(),
  bad_words: impossible(),
  choice: impossible(),
  ebnf: impossible(),
  grammar: impossible(),
  guided_choice: impossible(),
  guided_grammar: impossible(),
  guided_regex: impossible(),
  regex: impossible(),
  stop_token_ids: impossible(),
  structural_tag: impossible(),
  structured_outputs: impossible(),
};

/**
 * Takes the schema of the answer out of a body, where other servers have it: Ollama's `format`, vLLM's `guided_json` and
 * `structured_outputs`, llama.cpp's `json_schema`.
 */
export function takeSchema(body: JsonObject): AskedSchema | undefined {
  const { structured_outputs: outputs } = body;
  const found = [
    body["format"],
    body["guided_json"],
    body["json_schema"],
    isObject(outputs) ? outputs["json"] : undefined,
  ].map(asSchema).find((schema) => schema !== undefined);
  for (const name of ["format", "guided_json", "json_schema"]) {
    if (asSchema(body[name]) !== undefined) delete body[name];
  }
  if (isObject(outputs)) {
    const { json: _, ...others } = outputs;
    if (isNeutral("", others)) delete body["structured_outputs"];
    else body["structured_outputs"] = others;
  }
  if (isNeutral("", body["stop_token_ids"]) || onlyEnd(body["stop_token_ids"])) {
    delete body["stop_token_ids"];
  }
  for (const name of Object.keys(CONSTRAINTS)) {
    if (isNeutral(name, body[name])) delete body[name];
  }
  return found;
}

/** Token 0 is the end of a text in every vocabulary of these models, so that it always stops. */
function onlyEnd(ids: unknown): boolean {
  return Array.isArray(ids) && ids.every((id) => id === 0);
}

function asSchema(value: unknown): AskedSchema | undefined {
  if (value === "json") return true;
  if (isObject(value)) return isNeutral("", value) ? undefined : value;
  if (typeof value !== "string" || !value.startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
