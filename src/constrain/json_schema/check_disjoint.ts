import { asList, isObject } from "./keyword_values.ts";
import type { Atom, Located, SchemaWriter } from "./schema_part.ts";
import { commonTypes, isOfType, namedTypes, type Type } from "./types.ts";
import { canonicalJson, propertySchemas } from "./value_checker.ts";

/** Maximum number of alternatives that are compared pairwise. */
const MAX_COMPARED = 100;
/** Maximum depth of nested properties that are compared. */
const MAX_DEPTH = 3;

/**
 * Whether alternatives are disjoint: whether no value written for one is allowed by another. Conservative: it
 * recognises different types or enumerated values, also of required properties, and required properties that the other
 * alternative never writes.
 *
 * @param branches the schemas that apply to each alternative
 */
export function areDisjoint(
  writer: SchemaWriter,
  branches: readonly (readonly Located[])[],
): boolean {
  const facts = branches.map((branch) => factsOf(writer, branch)).filter((each) =>
    each !== undefined
  );
  if (facts.every(({ values }) => values !== undefined)) {
    const keys = facts.flatMap(({ values }) => [...new Set(values!.map(canonicalJson))]);
    return new Set(keys).size === keys.length;
  }
  if (facts.length > MAX_COMPARED) return false;
  const disjoint = new Disjoint(writer);
  return facts.every((one, i) =>
    facts.every((other, j) => i === j || disjoint.isApart(one, other, MAX_DEPTH))
  );
}

/** Facts about the values that a list of schemas allows. */
interface Facts {
  readonly located: readonly Located[];
  readonly atoms: readonly Atom[];
  /** All values, if the schemas enumerate them. */
  readonly values: readonly unknown[] | undefined;
  /** Types that the grammar writes. */
  readonly written: readonly Type[];
  /** Types that the schemas allow. */
  readonly allowed: readonly Type[];
  /** Names of known properties. */
  readonly names: ReadonlySet<string>;
  readonly required: ReadonlySet<string>;
  /** Whether the grammar writes properties with other names. */
  readonly isOpen: boolean;
}

/** Undefined if the schemas allow no value. */
function factsOf(writer: SchemaWriter, located: readonly Located[]): Facts | undefined {
  const atoms = writer.flatten(located);
  if (atoms === undefined) return undefined;
  const named = atoms.map((atom) => writer.report.attempt(() => namedTypes(atom)));
  const names = new Set<string>();
  const required = new Set<string>();
  let isOpen = false;
  for (const { schema } of atoms) {
    if (isObject(schema["properties"])) {
      for (const name in schema["properties"]) names.add(name);
    }
    for (const name of arrayOf(schema["required"])) {
      if (typeof name === "string") required.add(name);
    }
    isOpen ||= "patternProperties" in schema || "propertyNames" in schema ||
      "minProperties" in schema || (schema["additionalProperties"] ?? false) !== false;
  }
  for (const name of required) names.add(name);
  return {
    located,
    atoms,
    values: valuesOf(atoms),
    written: commonTypes(atoms, named),
    allowed: commonTypes([], named),
    names,
    required,
    isOpen: isOpen || names.size === 0,
  };
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function valuesOf(atoms: readonly Atom[]): readonly unknown[] | undefined {
  for (const { schema } of atoms) {
    if ("const" in schema) return [schema["const"]];
    if (Array.isArray(schema["enum"])) return asList(schema["enum"], []);
  }
  return undefined;
}

class Disjoint {
  readonly #writer: SchemaWriter;

  constructor(writer: SchemaWriter) {
    this.#writer = writer;
  }

  /** Whether no value written for `one` is allowed by `other`. */
  isApart(one: Facts, other: Facts, depth: number): boolean {
    const { report } = this.#writer;
    const fits = (value: unknown, { located }: Facts) =>
      report.attempt(() => this.#writer.allows(value, located)) ?? true;
    if (one.values) return one.values.every((value) => !fits(value, one) || !fits(value, other));
    if (other.values) {
      return other.values.every((value) =>
        !one.written.some((type) => isOfType(value, type)) || !fits(value, other) ||
        !fits(value, one)
      );
    }
    const common = one.written.filter((type) => other.allowed.some((each) => overlap(type, each)));
    return common.length === 0 ||
      (depth > 0 && common.every((type) => type === "object") &&
        this.#areObjectsApart(one, other, depth));
  }

  #areObjectsApart(one: Facts, other: Facts, depth: number): boolean {
    // Apart if `other` requires a property that `one` never writes, or if a required property has disjoint schemas.
    if (!one.isOpen && [...other.required].some((name) => !one.names.has(name))) return true;
    const shared = new Set([...one.required, ...other.required]);
    return [...shared].some((name) => {
      const [here, there] = [one, other].map(({ atoms }) =>
        factsOf(
          this.#writer,
          atoms.flatMap((atom) => propertySchemas(atom, name, this.#writer.strings.patterns)),
        )
      );
      return here === undefined || there === undefined || this.isApart(here, there, depth - 1);
    });
  }
}

function overlap(a: Type, b: Type): boolean {
  const isNumeric = (type: Type) => type === "number" || type === "integer";
  return a === b || (isNumeric(a) && isNumeric(b));
}
