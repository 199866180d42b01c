import { SchemaError } from "../errors.ts";
import type { SchemaPart } from "./schema_part.ts";

/** What describes values and does not limit them. */
const ANNOTATIONS = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$schema",
  "$comment",
  "$defs",
  "definitions",
]);

/** Whether a keyword limits nothing. */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword);
}

/** The keywords that limit values of a type. */
export const TYPE_KEYWORDS = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
} as const;

/** The keywords that say what values are without their type. */
export const COMBINING = ["enum", "const", "anyOf", "oneOf", "allOf", "$ref"] as const;
export type Combining = typeof COMBINING[number];

const KNOWN = new Set<string>(["type", ...COMBINING, ...Object.values(TYPE_KEYWORDS).flat()]);

/**
 * The keyword among {@linkcode COMBINING} that a schema has, if any.
 *
 * @throws {SchemaError} for keywords that are not supported, or not beside each other
 */
export function combiningKeyword({ schema, path }: SchemaPart): Combining | undefined {
  const limiting = Object.keys(schema).filter((keyword) => !isAnnotation(keyword));
  const unknown = limiting.find((keyword) => !KNOWN.has(keyword));
  if (unknown !== undefined) {
    throw new SchemaError([...path, unknown], "this keyword is not supported");
  }
  const combining = COMBINING.find((keyword) => keyword in schema);
  if (combining === undefined) return undefined;
  const values = combining === "enum" || combining === "const";
  const beside = limiting.find((keyword) =>
    keyword !== combining && !(keyword === "type" && values)
  );
  if (beside === undefined) return combining;
  throw new SchemaError([...path, beside], `it is not supported beside '${combining}'`);
}

/** Whether a schema has a keyword among {@linkcode COMBINING}. */
export function isCombined(schema: Readonly<Record<string, unknown>>): boolean {
  return COMBINING.some((keyword) => keyword in schema);
}
