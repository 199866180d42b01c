import { SchemaError } from "../errors.ts";
import { isObject } from "./keyword_values.ts";
import { TYPE_KEYWORDS } from "./keywords.ts";
import type { SchemaPart } from "./schema_part.ts";

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;

/** A type of JSON Schema. */
export type Type = typeof TYPES[number];

/** Of each type with keywords of its own, those. */
const KEYWORDS = Object.entries(TYPE_KEYWORDS) as [keyof typeof TYPE_KEYWORDS, readonly string[]][];

/** The types that a schema names, or those that its keywords are about, or all. None is part of another. */
export function typesOf({ schema, path }: Pick<SchemaPart, "schema" | "path">): readonly Type[] {
  const { type } = schema;
  if (type === undefined) {
    const meant = KEYWORDS.filter(([, keywords]) => keywords.some((keyword) => keyword in schema));
    return meant.length > 0
      ? meant.map(([type]) => type)
      : TYPES.filter((type) => type !== "integer");
  }
  const types = Array.isArray(type) ? type : [type];
  if (!types.every((each) => TYPES.includes(each))) {
    throw new SchemaError([...path, "type"], "it is not a type");
  }
  // Every integer is a number.
  return types.includes("number") ? types.filter((each) => each !== "integer") : types;
}

/** Whether a value is of a type. */
export function isOfType(value: unknown, type: Type): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
  }
}
