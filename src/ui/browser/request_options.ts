import type { Preferences } from "./preferences.ts";

/** Names of a function and its parameters, in any of the shapes that APIs use. */
interface AnyTool {
  readonly name?: unknown;
  readonly function?: { readonly name?: unknown };
}

/**
 * The functions of a JSON text: an array or a single one, in the shape of responses (`{ type, name, parameters }`), of
 * chat completions (`{ type, function: { name, parameters } }`), or without the type.
 *
 * @throws {Error} if it is not JSON, or one has no name
 */
export function toolsOf(text: string): object[] {
  if (text.trim() === "") return [];
  const all = [parsed(text)].flat() as readonly unknown[];
  return all.map((tool) => {
    const { function: inner, ...flat } = isObject(tool) ? tool as AnyTool : {};
    const found = isObject(inner) ? inner : flat;
    if (typeof found.name !== "string" || found.name === "") {
      throw new Error(`Each function needs a "name"`);
    }
    return { ...found, type: "function" };
  });
}

/**
 * The JSON Schema of a text.
 *
 * @throws {Error} if it is not a JSON object
 */
export function schemaOf(text: string): object | undefined {
  if (text.trim() === "") return undefined;
  const schema = parsed(text);
  if (!isObject(schema)) throw new Error("A schema is a JSON object");
  return schema;
}

/** The fields of a request for the user's choices. */
export function optionFields(
  { effort, tools, mustCall, schema }: Preferences,
): Readonly<Record<string, unknown>> {
  const functions = toolsOf(tools);
  const format = schemaOf(schema);
  return {
    ...effort === "" ? {} : { reasoning: { effort } },
    ...functions.length === 0
      ? {}
      : { tools: functions, tool_choice: mustCall ? "required" : "auto" },
    ...format === undefined
      ? {}
      : { text: { format: { type: "json_schema", name: "answer", schema: format } } },
  };
}

/** The user's choices in words, for the line above the message. */
export function optionNames({ effort, tools, schema }: Preferences): string[] {
  const names = toolsOf(tools).map((tool) => (tool as { readonly name: string }).name);
  return [
    ...effort === "" ? [] : [`Thinking: ${effort}`],
    ...names.length === 0 ? [] : [`Functions: ${names.join(", ")}`],
    ...schema.trim() === "" ? [] : ["Answers as JSON"],
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
