import { SchemaError, SchemaTooLargeError } from "./errors.ts";
import type { Grammar } from "./grammar.ts";
import { GrammarBuilder } from "./grammar_builder.ts";
import { anyNumber, integers, type NumberRange, numbers } from "./decimal.ts";
import { FORMATS } from "./formats.ts";
import { JsonStrings } from "./json_strings.ts";
import { Nfa, PatternTooLargeError } from "./nfa.ts";
import { parsePattern, PatternError } from "./pattern.ts";

/** A JSON Schema, or a part of one. */
export type Schema = boolean | { readonly [keyword: string]: unknown };

type Path = readonly PropertyKey[];

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
type Type = typeof TYPES[number];

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

/** The keywords that limit values of a type. */
const KEYWORDS: Readonly<Record<"object" | "array" | "string" | "number", readonly string[]>> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
};
const COMBINING = ["enum", "const", "anyOf", "oneOf", "allOf", "$ref"] as const;
const KNOWN = new Set<string>(["type", ...COMBINING, ...Object.values(KEYWORDS).flat()]);

/** Schemas in each other. */
const MAX_DEPTH = 64;
/** Schemas in all. */
const MAX_SCHEMAS = 5_000;
/** Values of all enumerations, and their characters as JSON. */
const MAX_VALUES = 10_000;
const MAX_VALUE_CHARACTERS = 200_000;
/** Properties, items and characters that a bound may name. */
const MAX_COUNT = 2 ** 20 - 1;
const MAX_MULTIPLE = 1_000;

/**
 * A grammar of the JSON texts of values that a schema allows. It may leave out some of them, but allows no other:
 * properties come in the order of the schema, there is at most one space after a comma or colon and none elsewhere,
 * numbers have at most 15 digits on either side of the point.
 *
 * Properties beyond those named are written only where the schema speaks of them, or names none.
 *
 * @throws {SchemaError} if it uses what is not supported, contradicts itself or is no schema
 * @throws {SchemaTooLargeError}
 *
 * @see https://json-schema.org/draft/2020-12
 */
export function compileSchema(id: string, schema: unknown): Grammar {
  const builder = new GrammarBuilder();
  const [start, end] = [builder.state(), builder.end()];
  startAnswer(builder, start, (from) => {
    builder.call(from, new SchemaCompiler(builder, schema).rule(schema, []), end);
  });
  return builder.build(id, start);
}

/** An answer begins after the template's colon, which most models go on from with a space. */
export function startAnswer(
  builder: GrammarBuilder,
  start: number,
  write: (from: number) => void,
): void {
  const from = builder.state();
  builder.empty(start, from);
  builder.bytes(start, 0x20, 0x20, from);
  write(from);
}

/** Writes the rules of a schema, and of those it refers to. */
export class SchemaCompiler {
  readonly #builder: GrammarBuilder;
  readonly #strings: JsonStrings;
  readonly #root: unknown;
  /** Rules by the schema that they are for: those that refer to themselves end here, and equal ones are one. */
  readonly #rules = new Map<unknown, number>();
  readonly #sizes = { schemas: 0, values: 0, characters: 0 };
  #any: number | undefined;

  /** @param root where references lead */
  constructor(builder: GrammarBuilder, root: unknown) {
    this.#builder = builder;
    this.#strings = new JsonStrings(builder);
    this.#root = root;
  }

  /** The rule of a schema. */
  rule(schema: unknown, path: Path): number {
    if (schema === true) return this.any();
    const known = this.#rules.get(schema);
    if (known !== undefined) return known;
    if (path.length > 3 * MAX_DEPTH) throw new SchemaTooLargeError(path, "it is too deep");
    if (++this.#sizes.schemas > MAX_SCHEMAS) {
      throw new SchemaTooLargeError(path, `there are more than ${MAX_SCHEMAS} schemas`);
    }
    const from = this.#builder.state();
    if (schema !== false) this.#rules.set(schema, from);
    const to = this.#builder.end();
    // A schema that allows nothing is a rule without an end.
    if (schema !== false) this.#write(object(schema, path), path, from, to);
    return from;
  }

  /** The rule of a schema, of whose values only objects are meant. */
  objectRule(schema: unknown, path: Path): number {
    if (isObject(schema) && !("type" in schema) && !COMBINING.some((word) => word in schema)) {
      return this.rule({ type: "object", ...schema }, path);
    }
    return this.rule(schema, path);
  }

  /** The rule of all values. */
  any(): number {
    if (this.#any !== undefined) return this.#any;
    const [from, to] = [this.#builder.state(), this.#builder.end()];
    this.#any = from;
    for (const type of TYPES) if (type !== "integer") this.#writeType(type, {}, [], from, to);
    return from;
  }

  #write(schema: Record<string, unknown>, path: Path, from: number, to: number): void {
    const limiting = Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword));
    const unknown = limiting.find((keyword) => !KNOWN.has(keyword));
    if (unknown !== undefined) throw unsupported([...path, unknown]);

    const combining = COMBINING.filter((keyword) => keyword in schema);
    const [combined] = combining;
    if (combined === undefined) {
      for (const type of typesOf(schema, path)) this.#writeType(type, schema, path, from, to);
      return;
    }
    const values = combined === "enum" || combined === "const";
    const beside = limiting.find((keyword) =>
      keyword !== combined && !(keyword === "type" && values)
    );
    if (beside !== undefined) {
      throw new SchemaError([...path, beside], `it is not supported beside '${combined}'`);
    }
    this.#writeCombined(combined, schema, [...path, combined], from, to);
  }

  #writeCombined(
    keyword: typeof COMBINING[number],
    schema: Record<string, unknown>,
    path: Path,
    from: number,
    to: number,
  ): void {
    const value = schema[keyword];
    switch (keyword) {
      case "enum":
      case "const": {
        const values = keyword === "const" ? [value] : list(value, path);
        const types = "type" in schema ? typesOf(schema, path.slice(0, -1)) : undefined;
        this.#writeValues(
          values.filter((value) => !types || types.some((type) => isOfType(value, type))),
          path,
          from,
          to,
        );
        return;
      }
      case "$ref": {
        const target = this.#resolve(value, path);
        this.#builder.call(from, this.rule(target.schema, target.path), to);
        return;
      }
      case "oneOf":
        this.#checkDisjoint(list(value, path), path);
        break;
      case "allOf":
        if (list(value, path).length > 1) {
          throw new SchemaError(path, "more than one schema in it is not supported");
        }
    }
    for (const [index, branch] of list(value, path).entries()) {
      this.#builder.call(from, this.rule(branch, [...path, index]), to);
    }
  }

  #writeValues(values: readonly unknown[], path: Path, from: number, to: number): void {
    const texts = values.map((value) => JSON.stringify(value));
    this.#sizes.values += texts.length;
    this.#sizes.characters += texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#sizes.values > MAX_VALUES || this.#sizes.characters > MAX_VALUE_CHARACTERS) {
      throw new SchemaTooLargeError(path, "there are too many values");
    }
    if (texts.some((text) => !text.isWellFormed() || /\\ud[89a-f]/.test(text))) {
      throw new SchemaError(path, "it has half of a surrogate pair, which is not a character");
    }
    this.#builder.texts(from, texts.map((text) => [text, to]));
  }

  #writeType(
    type: Type,
    schema: Record<string, unknown>,
    path: Path,
    from: number,
    to: number,
  ): void {
    const builder = this.#builder;
    switch (type) {
      case "null":
        return builder.text(from, "null", to);
      case "boolean":
        return builder.texts(from, [["true", to], ["false", to]]);
      case "integer":
        return integers(builder, from, numberRange(schema, path), to);
      case "number":
        return this.#writeNumber(numberRange(schema, path), from, to);
      case "string":
        return this.#writeString(schema, path, from, to);
      case "array":
        return this.#writeArray(schema, path, from, to);
      case "object":
        return this.#writeObject(schema, path, from, to);
    }
  }

  #writeNumber(range: NumberRange, from: number, to: number): void {
    if (range.multipleOf !== undefined) integers(this.#builder, from, range, to);
    else if (range.least === undefined && range.most === undefined) {
      anyNumber(this.#builder, from, to);
    } else numbers(this.#builder, from, range, to);
  }

  #writeString(schema: Record<string, unknown>, path: Path, from: number, to: number): void {
    const least = count(schema, "minLength", path) ?? 0;
    const most = count(schema, "maxLength", path);
    const patterns: Nfa[] = [];
    if ("format" in schema) {
      const format = FORMATS[String(schema["format"])];
      if (format === undefined) {
        throw new SchemaError(
          [...path, "format"],
          `only ${Object.keys(FORMATS).join(", ")} are supported`,
        );
      }
      patterns.push(parsePattern(format));
    }
    try {
      if ("pattern" in schema) patterns.push(parsePattern(string(schema, "pattern", path)));
      const [first, ...others] = patterns;
      if (first === undefined) return this.#strings.ofLength(from, least, most, to);
      if (least > 0 || most !== undefined) others.push(Nfa.ofLength(least, most));
      this.#strings.matching(from, others.reduce(Nfa.both, first), to);
    } catch (error) {
      const at = [...path, "pattern" in schema ? "pattern" : "maxLength"];
      if (error instanceof PatternError) throw new SchemaError(at, error.message);
      if (error instanceof PatternTooLargeError) throw new SchemaTooLargeError(at, error.message);
      throw error;
    }
  }

  #writeArray(schema: Record<string, unknown>, path: Path, from: number, to: number): void {
    const builder = this.#builder;
    const least = count(schema, "minItems", path) ?? 0;
    const most = count(schema, "maxItems", path) ?? Infinity;
    const prefix = "prefixItems" in schema
      ? list(schema["prefixItems"], [...path, "prefixItems"])
      : [];
    if (Array.isArray(schema["items"])) {
      throw new SchemaError([...path, "items"], "a list is not supported: name it 'prefixItems'");
    }
    const items = schema["items"] ?? true;

    let at = builder.state();
    builder.text(from, "[", at);
    const close = builder.state();
    builder.text(close, "]", to);
    // Item after item, as far as they have schemas of their own.
    for (const [index, item] of prefix.entries()) {
      if (index >= least) builder.empty(at, close);
      if (index >= most) return;
      const next = builder.state();
      const rule = this.rule(item, [...path, "prefixItems", index]);
      builder.call(index === 0 ? at : this.#comma(at), rule, next);
      at = next;
    }
    if (prefix.length >= least) builder.empty(at, close);
    if (prefix.length >= most || items === false) return;
    const rule = this.rule(items, [...path, "items"]);
    let written = prefix.length;
    if (written === 0) {
      const next = builder.state();
      builder.call(at, rule, next);
      at = next;
      written = 1;
    }
    const [another, end] = [builder.state(), builder.end()];
    builder.call(this.#comma(another), rule, end);
    const left = most === Infinity ? undefined : most - written;
    builder.loop(at, another, Math.max(0, least - written), left, close);
  }

  #writeObject(schema: Record<string, unknown>, path: Path, from: number, to: number): void {
    const builder = this.#builder;
    const properties = object(schema["properties"] ?? {}, [...path, "properties"]);
    const required = list(schema["required"] ?? [], [...path, "required"]);
    // What nobody speaks of is left out, unless nothing is said at all.
    const named = Object.keys(properties).length > 0 || required.length > 0;
    const additional = schema["additionalProperties"] ?? (named ? undefined : true);
    const names = [
      ...new Set([...Object.keys(properties), ...required.map((name) => String(name))]),
    ];

    // In `first` nothing was written yet, in `later` a comma comes before the next property.
    let first = builder.state();
    let later = builder.state();
    builder.text(from, "{", first);
    for (const name of names) {
      const own = Object.hasOwn(properties, name);
      const rule = own
        ? this.rule(properties[name], [...path, "properties", name])
        : this.rule(additional ?? true, [...path, "additionalProperties"]);
      if (!name.isWellFormed()) {
        throw new SchemaError([...path, "properties"], "a name has half of a surrogate pair");
      }
      const [pair, pairEnd, key] = [builder.state(), builder.end(), builder.state()];
      builder.text(pair, `${JSON.stringify(name)}:`, key);
      builder.call(this.#space(key), rule, pairEnd);
      const [nextFirst, nextLater] = [builder.state(), builder.state()];
      builder.call(first, pair, nextLater);
      builder.call(this.#comma(later), pair, nextLater);
      if (!required.includes(name)) {
        builder.empty(first, nextFirst);
        builder.empty(later, nextLater);
      }
      first = nextFirst;
      later = nextLater;
    }
    if (additional !== undefined && additional !== false) {
      const rule = this.rule(additional, [...path, "additionalProperties"]);
      const [pair, pairEnd, colon, key] = [
        builder.state(),
        builder.end(),
        builder.state(),
        builder.state(),
      ];
      this.#strings.except(pair, names, colon);
      builder.text(colon, ":", key);
      builder.call(this.#space(key), rule, pairEnd);
      builder.call(first, pair, later);
      const [another, anotherEnd, done] = [builder.state(), builder.end(), builder.state()];
      builder.call(this.#comma(another), pair, anotherEnd);
      builder.loop(later, another, 0, undefined, done);
      later = done;
    }
    builder.text(first, "}", to);
    builder.text(later, "}", to);
  }

  /** A comma and a space that may be missing. */
  #comma(from: number): number {
    const comma = this.#builder.state();
    this.#builder.text(from, ",", comma);
    return this.#space(comma);
  }

  #space(from: number): number {
    const to = this.#builder.state();
    this.#builder.empty(from, to);
    this.#builder.bytes(from, 0x20, 0x20, to);
    return to;
  }

  /** RFC 6901, within the document. */
  #resolve(reference: unknown, path: Path): { schema: unknown; path: Path } {
    if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) {
      throw new SchemaError(
        path,
        "only references within the schema, as '#/$defs/name', are supported",
      );
    }
    let schema = this.#root;
    const keys: string[] = [];
    for (const part of reference.split("/").slice(1)) {
      let key: string;
      try {
        key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      } catch {
        throw new SchemaError(path, "it is not a reference");
      }
      const found = typeof schema === "object" && schema !== null && Object.hasOwn(schema, key);
      if (!found) throw new SchemaError(path, "there is nothing where it leads");
      schema = (schema as Record<string, unknown>)[key];
      keys.push(key);
    }
    return { schema, path: keys };
  }

  /** That a value fits one alternative at most can be seen where types differ, or the values of a property. */
  #checkDisjoint(branches: readonly unknown[], path: Path): void {
    const facts = branches.map((branch, index) => this.#facts(branch, [...path, index]));
    facts.forEach((one, index) => {
      for (const other of facts.slice(0, index)) {
        if (one && other && areDisjoint(one, other)) continue;
        throw new SchemaError(
          path,
          "it is supported only where the alternatives differ in type, or in the constant value of a required property",
        );
      }
    });
  }

  #facts(branch: unknown, path: Path): Facts | undefined {
    let schema: unknown = branch;
    for (let i = 0; i < MAX_DEPTH && isObject(schema) && "$ref" in schema; i++) {
      schema = this.#resolve(schema["$ref"], path).schema;
    }
    if (!isObject(schema)) return undefined;
    const values = valuesOf(schema);
    if (values) return { kind: "values", values };
    if (COMBINING.some((keyword) => keyword in schema)) return undefined;
    const types = new Set<Type>(typesOf(schema, path));
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    const constants = new Map<string, string[]>();
    for (const name of list(schema["required"] ?? [], [...path, "required"])) {
      const values = valuesOf(properties[String(name)]);
      if (values) constants.set(String(name), values);
    }
    return { kind: "types", types, constants };
  }
}

/** What is known of the values of a schema: what they are, as JSON, or their types and the values of properties. */
type Facts =
  | { readonly kind: "values"; readonly values: readonly string[] }
  | {
    readonly kind: "types";
    readonly types: ReadonlySet<Type>;
    readonly constants: ReadonlyMap<string, string[]>;
  };

function areDisjoint(a: Facts, b: Facts): boolean {
  const apart = (some: readonly string[], others: readonly string[]) =>
    !some.some((value) => others.includes(value));
  if (a.kind === "values") {
    if (b.kind === "values") return apart(a.values, b.values);
    return a.values.every((value) =>
      ![...b.types].some((type) => isOfType(JSON.parse(value), type))
    );
  }
  if (b.kind === "values") return areDisjoint(b, a);
  const numeric = (types: ReadonlySet<Type>) => types.has("number") || types.has("integer");
  const common = [...a.types].filter((type) => b.types.has(type));
  if (common.length === 0 && !(numeric(a.types) && numeric(b.types))) return true;
  if (common.some((type) => type !== "object") || common.length === 0) return false;
  return [...a.constants].some(([name, values]) => apart(values, b.constants.get(name) ?? values));
}

function valuesOf(schema: unknown): string[] | undefined {
  if (!isObject(schema)) return undefined;
  if ("const" in schema) return [JSON.stringify(schema["const"])];
  return Array.isArray(schema["enum"])
    ? schema["enum"].map((value) => JSON.stringify(value))
    : undefined;
}

/** The types that a schema names, or those that its keywords are about, or all. */
function typesOf(schema: Record<string, unknown>, path: Path): readonly Type[] {
  const { type } = schema;
  if (type === undefined) {
    const meant = (["object", "array", "string", "number"] as const)
      .filter((type) => KEYWORDS[type].some((keyword) => keyword in schema));
    return meant.length > 0 ? meant : TYPES.filter((type) => type !== "integer");
  }
  const types = Array.isArray(type) ? type : [type];
  for (const each of types) {
    if (!TYPES.includes(each)) throw new SchemaError([...path, "type"], "it is not a type");
  }
  // Every integer is a number.
  return types.includes("number") ? types.filter((each) => each !== "integer") : types;
}

function isOfType(value: unknown, type: Type): boolean {
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

function numberRange(schema: Record<string, unknown>, path: Path): NumberRange {
  const number = (keyword: string): number | undefined => {
    const value = schema[keyword];
    if (value === undefined || typeof value === "number") return value;
    throw new SchemaError([...path, keyword], "it must be a number");
  };
  const [least, most] = [number("minimum"), number("maximum")];
  const [above, below] = [number("exclusiveMinimum"), number("exclusiveMaximum")];
  const aboveLeast = above !== undefined && above >= (least ?? -Infinity);
  const belowMost = below !== undefined && below <= (most ?? Infinity);
  const multipleOf = number("multipleOf");
  if (
    multipleOf !== undefined &&
    !(Number.isInteger(multipleOf) && multipleOf >= 1 && multipleOf <= MAX_MULTIPLE)
  ) {
    throw new SchemaError(
      [...path, "multipleOf"],
      `only whole numbers from 1 to ${MAX_MULTIPLE} are supported`,
    );
  }
  return {
    least: aboveLeast ? above : least,
    most: belowMost ? below : most,
    aboveLeast,
    belowMost,
    multipleOf,
  };
}

function count(schema: Record<string, unknown>, keyword: string, path: Path): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) {
    if (value <= MAX_COUNT) return value;
    // Nobody writes so much, so a higher bound is none.
    if (keyword.startsWith("max")) return undefined;
    throw new SchemaTooLargeError([...path, keyword], `it is above ${MAX_COUNT}`);
  }
  throw new SchemaError([...path, keyword], "it must be a whole number, and not negative");
}

function string(schema: Record<string, unknown>, keyword: string, path: Path): string {
  const value = schema[keyword];
  if (typeof value === "string") return value;
  throw new SchemaError([...path, keyword], "it must be a string");
}

function list(value: unknown, path: Path): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SchemaError(path, "it must be a list");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown, path: Path): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new SchemaError(path, "it must be an object");
}

function unsupported(path: Path): SchemaError {
  return new SchemaError(path, "this keyword is not supported");
}
