import { SchemaError } from "../errors.ts";
import { isObject } from "./keyword_values.ts";
import { TYPE_KEYWORDS } from "./keywords.ts";
import type { Atom } from "./schema_part.ts";

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;

/** A type of JSON Schema. */
export type Type = typeof TYPES[number];

/** All types, none of which is part of another. */
const APART = TYPES.filter((type) => type !== "integer");

/** The types that have keywords of their own, with those keywords. */
const KEYWORDS = Object.entries(TYPE_KEYWORDS) as [keyof typeof TYPE_KEYWORDS, readonly string[]][];

/**
 * The types that a schema names, if it names any. OpenAPI 3.0 adds null by another keyword.
 *
 * @throws {SchemaError}
 */
export function namedTypes({ schema, path }: Atom): readonly Type[] | undefined {
  const { type, nullable } = schema;
  if (type === undefined) return undefined;
  const types = Array.isArray(type) ? type : [type];
  if (!types.every((each) => TYPES.includes(each))) {
    throw new SchemaError([...path, "type"], "it is not a type");
  }
  return nullable === true ? [...types, "null"] : types;
}

/**
 * The types of values that several schemas allow, none of which is part of another: those that all of them name. If none
 * names any, those that their keywords are about, or all.
 */
export function commonTypes(
  atoms: readonly Atom[],
  named: readonly (readonly Type[] | undefined)[],
): readonly Type[] {
  const lists = named.filter((types) => types !== undefined);
  if (lists.length > 0) return lists.reduce<readonly Type[]>(common, APART);
  const meant = KEYWORDS.filter(([, keywords]) =>
    atoms.some(({ schema }) => keywords.some((keyword) => keyword in schema))
  );
  return meant.length > 0 ? meant.map(([type]) => type) : APART;
}

/** The types in both lists. Every integer is a number. */
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
