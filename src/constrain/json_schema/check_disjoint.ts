import { SchemaError } from "../errors.ts";
import { isObject, namesAt } from "./keyword_values.ts";
import { isCombined } from "./keywords.ts";
import type { References } from "./references.ts";
import type { Path } from "./schema_part.ts";
import { isOfType, type Type, typesOf } from "./types.ts";

/** References that lead to references. */
const MAX_REFERENCES = 64;

/**
 * Checks that a value fits one alternative at most, as far as that can be seen: where types differ, or the values of a
 * property that is required.
 *
 * @param path where the alternatives are
 * @throws {SchemaError}
 */
export function checkDisjoint(
  branches: readonly unknown[],
  references: References,
  path: Path,
): void {
  if (branches.length < 2) return;
  const facts = branches
    .map((branch, index) => factsOf(branch, references, [...path, index]))
    .filter((facts) => facts !== undefined);
  if (facts.length === branches.length && areDisjoint(facts)) return;
  throw new SchemaError(
    path,
    "it is supported only where the alternatives differ in type, or in the constant value of a required property",
  );
}

/** Values as JSON. */
type Values = ReadonlySet<string>;

/** What is known of the values of a schema: what they are, or their types and the values of properties. */
type Facts = { readonly kind: "values"; readonly values: Values } | TypeFacts;

interface TypeFacts {
  readonly kind: "types";
  readonly types: readonly Type[];
  readonly constants: ReadonlyMap<string, Values>;
}

function factsOf(branch: unknown, references: References, path: Path): Facts | undefined {
  let schema = branch;
  for (let i = 0; i < MAX_REFERENCES && isObject(schema) && "$ref" in schema; i++) {
    schema = references.resolve(schema["$ref"], path).schema;
  }
  if (!isObject(schema)) return undefined;
  const values = valuesOf(schema);
  if (values) return { kind: "values", values };
  if (isCombined(schema)) return undefined;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const constants = new Map<string, Values>();
  for (const name of namesAt({ schema, path }, "required")) {
    const values = valuesOf(properties[String(name)]);
    if (values) constants.set(String(name), values);
  }
  return { kind: "types", types: typesOf({ schema, path }), constants };
}

function valuesOf(schema: unknown): Values | undefined {
  if (!isObject(schema)) return undefined;
  if ("const" in schema) return new Set([JSON.stringify(schema["const"])]);
  const values = schema["enum"];
  return Array.isArray(values) ? new Set(values.map((value) => JSON.stringify(value))) : undefined;
}

function areDisjoint(facts: readonly Facts[]): boolean {
  const values = facts.flatMap((each) => each.kind === "values" ? [...each.values] : []);
  const typed = facts.filter((each) => each.kind === "types");
  const types = [...new Set(typed.flatMap((each) => each.types))];
  return new Set(values).size === values.length &&
    values.every((text) => {
      const value: unknown = JSON.parse(text);
      return !types.some((type) => isOfType(value, type));
    }) &&
    typed.every((one, index) =>
      typed.every((other, before) => before >= index || areApart(one, other))
    );
}

function areApart(a: TypeFacts, b: TypeFacts): boolean {
  const common = a.types.filter((type) => b.types.includes(type));
  // Every integer is a number.
  if (common.length === 0) return !(isNumeric(a.types) && isNumeric(b.types));
  if (common.some((type) => type !== "object")) return false;
  return [...a.constants].some(([name, values]) =>
    values.isDisjointFrom(b.constants.get(name) ?? values)
  );
}

function isNumeric(types: readonly Type[]): boolean {
  return types.includes("number") || types.includes("integer");
}
