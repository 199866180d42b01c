import { SchemaError } from "../errors.ts";
import { isObject } from "./keyword_values.ts";
import { TYPE_KEYWORDS } from "./keywords.ts";
import type { Atom } from "./schema_part.ts";

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;

/** A type of JSON Schema. */
export type Type = typeof TYPES[number];

/** All types except `integer`, which is a subset of `number`. */
const APART = TYPES.filter((type) => type !== "integer");

/** The types with their specific keywords. */
const KEYWORDS = Object.entries(TYPE_KEYWORDS) as [keyof typeof TYPE_KEYWORDS, readonly string[]][];

/**
 * The value of `type` as a list, if present. Supports `nullable` of OpenAPI 3.0.
 *
 * @throws {SchemaError}
 */
export function namedTypes({ schema, path }: Atom): readonly Type[] | undefined {
  const { type, nullable } = schema;
  if (type === undefined) return undefined;
  const types = Array.isArray(type) ? type : [type];
  if (!types.every((each) => TYPES.includes(each))) {
    throw new SchemaError([...path, "type"], "it is not a valid type");
  }
  return nullable === true ? [...types, "null"] : types;
}

/**
 * The types of values that all of the schemas allow, without subsets of each other. If the schemas name no type, the
 * types that their keywords are specific to, or all types.
 */
export function commonTypes(
  atoms: readonly Atom[],
  named: readonly (readonly Type[] | undefined)[],
): readonly Type[] {
  const lists = named.filter((types) => types !== undefined);
  if (lists.length > 0) return lists.reduce<readonly Type[]>(common, APART);
  const implied = KEYWORDS.filter(([, keywords]) =>
    atoms.some(({ schema }) => keywords.some((keyword) => keyword in schema))
  );
  return implied.length > 0 ? implied.map(([type]) => type) : APART;
}

/** The intersection of two lists of types. Every integer is a number. */
function common(a: readonly Type[], b: readonly Type[]): Type[] {
  const both = TYPES.filter((type) => a.includes(type) && b.includes(type));
  const isNumeric = (types: readonly Type[]) =>
    types.includes("number") || types.includes("integer");
  if (both.includes("number")) return both.filter((type) => type !== "integer");
  if (!both.includes("integer") && isNumeric(a) && isNumeric(b)) both.push("integer");
  return both;
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
