import { FORMATS } from "../formats.ts";
import type { Patterns } from "../patterns.ts";
import { asList, countAt, isObject, listAt, namesAt, objectAt } from "./keyword_values.ts";
import type { SchemaDocument } from "./schema_document.ts";
import type { Atom, Located } from "./schema_part.ts";
import type { Path } from "../errors.ts";
import { isOfType, namedTypes } from "./types.ts";

/** Maximum nesting of schemas in the check of a value. Deeper ones count as allowing it. */
const MAX_DEPTH = 100;

/**
 * Checks literal values of a schema (`enum`, `const`, property names) against its other keywords. For formats it uses
 * the patterns of the grammar, which are stricter than some formats.
 */
export class ValueChecker {
  readonly #document: SchemaDocument;
  readonly #patterns: Patterns;
  /** The values of `enum` lists, as sets of canonical JSON. */
  readonly #lists = new Map<unknown, ReadonlySet<string>>();
  #depth = 0;

  constructor(document: SchemaDocument, patterns: Patterns) {
    this.#document = document;
    this.#patterns = patterns;
  }

  /**
   * Whether all of the schemas allow a value.
   *
   * @throws {SchemaError} if a keyword has an invalid value
   */
  allows(value: unknown, schemas: readonly Located[]): boolean {
    if (this.#depth >= MAX_DEPTH) return true;
    this.#depth++;
    try {
      const atoms = this.#document.flatten(schemas);
      return atoms !== undefined && atoms.every((atom) => this.#isAllowed(value, atom));
    } finally {
      this.#depth--;
    }
  }

  #isAllowed(value: unknown, atom: Atom): boolean {
    const { schema } = atom;
    if ("const" in schema && !areEqual(value, schema["const"])) return false;
    if ("enum" in schema && !this.#isListed(value, listAt(atom, "enum"))) return false;
    const types = namedTypes(atom);
    if (types && !types.some((type) => isOfType(value, type))) return false;
    if (!this.#isAllowedByCombined(value, atom)) return false;
    if (typeof value === "string") return this.#isString(value, atom);
    if (typeof value === "number") return isNumber(value, atom);
    if (Array.isArray(value)) return this.#isArray(value, atom);
    return !isObject(value) || this.#isObject(value, atom);
  }

  #isListed(value: unknown, list: readonly unknown[]): boolean {
    const set = this.#lists.get(list) ?? new Set(list.map(canonicalJson));
    this.#lists.set(list, set);
    return set.has(canonicalJson(value));
  }

  #isAllowedByCombined(value: unknown, atom: Atom): boolean {
    const { schema, path } = atom;
    const one = (keyword: string) =>
      this.allows(value, [{ schema: schema[keyword], path: [...path, keyword] }]);
    const count = (keyword: string) =>
      asList(schema[keyword], [...path, keyword])
        .filter((each, i) => this.allows(value, [{ schema: each, path: [...path, keyword, i] }]))
        .length;
    if ("anyOf" in schema && count("anyOf") === 0) return false;
    if ("oneOf" in schema && count("oneOf") !== 1) return false;
    if ("not" in schema && one("not")) return false;
    if (!("if" in schema)) return true;
    const branch = one("if") ? "then" : "else";
    return !(branch in schema) || one(branch);
  }

  #isArray(value: readonly unknown[], atom: Atom): boolean {
    const { path } = atom;
    if (!isWithin(value.length, countAt(atom, "minItems"), countAt(atom, "maxItems"))) return false;
    if (atom.schema["uniqueItems"] === true && hasEqual(value)) return false;
    if (!value.every((item, index) => this.allows(item, [itemSchema(atom, index)]))) return false;
    const { contains } = atom.schema;
    if (contains === undefined) return true;
    const found = value.filter((item) =>
      this.allows(item, [{ schema: contains, path: [...path, "contains"] }])
    );
    const least = countAt(atom, "minContains") ?? 1;
    return isWithin(found.length, least, countAt(atom, "maxContains"));
  }

  #isObject(value: Readonly<Record<string, unknown>>, atom: Atom): boolean {
    const names = Object.keys(value);
    const { schema, path } = atom;
    const has = (name: string) => Object.hasOwn(value, name);
    if (
      !isWithin(names.length, countAt(atom, "minProperties"), countAt(atom, "maxProperties")) ||
      !namesAt(atom, "required").every(has)
    ) return false;
    const named = { schema: schema["propertyNames"] ?? true, path: [...path, "propertyNames"] };
    return names.every((name) =>
      this.allows(name, [named]) &&
      this.allows(value[name], propertySchemas(atom, name, this.#patterns))
    );
  }

  #isString(value: string, atom: Atom): boolean {
    const { pattern, format } = atom.schema;
    const written = typeof format === "string" && Object.hasOwn(FORMATS, format)
      ? FORMATS[format]
      : undefined;
    return isWithin([...value].length, countAt(atom, "minLength"), countAt(atom, "maxLength")) &&
      (typeof pattern !== "string" || this.#patterns.matches(value, pattern)) &&
      (written === undefined || this.#patterns.matches(value, written));
  }
}

/** The schema of an array's item, according to an array schema. */
export function itemSchema(atom: Atom, index: number): Located {
  const { prefix, prefixPath, rest } = itemSchemas(atom);
  return index < prefix.length
    ? { schema: prefix[index], path: [...prefixPath, index] }
    : rest ?? { schema: true, path: atom.path };
}

/** The item schemas of an array schema: a prefix, and the rest. Before 2020-12, `items` could be the prefix. */
export function itemSchemas(
  atom: Atom,
): { prefix: readonly unknown[]; prefixPath: Path; rest: Located | undefined } {
  const { schema, path } = atom;
  const isTuple = Array.isArray(schema["items"]);
  const [first, other] = isTuple ? ["items", "additionalItems"] : ["prefixItems", "items"];
  return {
    prefix: listAt(atom, first!),
    prefixPath: [...path, first!],
    rest: other! in schema ? { schema: schema[other!], path: [...path, other!] } : undefined,
  };
}

/** The schemas of a property's value, according to an object schema. */
export function propertySchemas(
  atom: Atom,
  name: string,
  patterns: Patterns,
): readonly Located[] {
  const { schema, path } = atom;
  const found: Located[] = [];
  const properties = objectAt(atom, "properties");
  if (Object.hasOwn(properties, name)) {
    found.push({ schema: properties[name], path: [...path, "properties", name] });
  }
  for (const [pattern, each] of Object.entries(objectAt(atom, "patternProperties"))) {
    if (!patterns.matches(name, pattern)) continue;
    found.push({ schema: each, path: [...path, "patternProperties", pattern] });
  }
  if (found.length === 0 && "additionalProperties" in schema) {
    const at = [...path, "additionalProperties"];
    found.push({ schema: schema["additionalProperties"], path: at });
  }
  return found;
}

function isNumber(value: number, { schema }: Atom): boolean {
  const bound = (keyword: string) => {
    const limit = schema[keyword];
    return typeof limit === "number" ? limit : undefined;
  };
  const [least, most] = [bound("minimum") ?? -Infinity, bound("maximum") ?? Infinity];
  const above = schema["exclusiveMinimum"] === true ? least : bound("exclusiveMinimum");
  const below = schema["exclusiveMaximum"] === true ? most : bound("exclusiveMaximum");
  const step = bound("multipleOf");
  return value >= least && value <= most && value > (above ?? -Infinity) &&
    value < (below ?? Infinity) && (!step || isNearInteger(value / step));
}

/** Whether a quotient is an integer, up to rounding errors. */
function isNearInteger(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= 1e-9 * Math.max(1, Math.abs(value));
}

function isWithin(count: number, least: number | undefined, most: number | undefined): boolean {
  return count >= (least ?? 0) && count <= (most ?? Infinity);
}

function hasEqual(values: readonly unknown[]): boolean {
  return new Set(values.map(canonicalJson)).size < values.length;
}

function areEqual(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** The JSON of a value with sorted property names. Equal values have equal canonical JSON. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (!isObject(each)) return each;
    const entries = Object.entries(each).sort(([a], [b]) => a < b ? -1 : 1);
    return Object.fromEntries(entries);
  });
}
