import { SchemaTooLargeError } from "../errors.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import type { JsonStrings } from "../json_strings.ts";
import { areDisjoint } from "./check_disjoint.ts";
import { asList, asNames, listAt, objectAt } from "./keyword_values.ts";
import { isUnsupported } from "./keywords.ts";
import type { Report } from "./report.ts";
import { SchemaDocument } from "./schema_document.ts";
import { SchemaLimits } from "./schema_limits.ts";
import type { SharedRules } from "./shared_rules.ts";
import type { Atom, Located, SchemaPart, SchemaWriter } from "./schema_part.ts";
import { commonTypes, namedTypes, type Type } from "./types.ts";
import { canonicalJson, ValueChecker } from "./value_checker.ts";
import { writeArray } from "./write_array.ts";
import { writeNumber } from "./write_number.ts";
import { writeObject } from "./write_object.ts";
import { writeString } from "./write_string.ts";

/** Keywords for constraints that depend on the presence of a property. Each is written as two alternatives. */
const DEPENDENT = ["dependentRequired", "dependentSchemas", "dependencies"] as const;
const MAX_DEPENDENT = 6;
/** Unsupported keywords that are reported only where values of their type are written. */
const TYPED = new Set(["contains", "unevaluatedItems", "unevaluatedProperties"]);

/**
 * Writes the rules of a schema and of the schemas it refers to. Constraints that cannot be enforced are reported and
 * omitted, so that the grammar allows more than the schema.
 */
export class SchemaCompiler implements SchemaWriter {
  readonly builder: GrammarBuilder;
  readonly report: Report;
  readonly #shared: SharedRules;
  readonly #limits: SchemaLimits;
  readonly #document: SchemaDocument;
  readonly #checker: ValueChecker;
  /** Numbers that identify schemas in the keys of rules. */
  readonly #ids = new Map<unknown, number>();
  /** Rules by their schemas. Recursive schemas refer back to these. */
  readonly #rules = new Map<string, number>();

  /**
   * @param root the document in which references are resolved
   * @param shared rules shared by all schemas of the grammar
   */
  constructor(builder: GrammarBuilder, root: unknown, shared: SharedRules, report: Report) {
    this.builder = builder;
    this.report = report;
    this.#shared = shared;
    this.#limits = new SchemaLimits(builder.effort);
    this.#document = new SchemaDocument(root, report, this.#limits);
    this.#checker = new ValueChecker(this.#document, shared.strings.patterns);
  }

  get strings(): JsonStrings {
    return this.#shared.strings;
  }

  flatten(schemas: readonly Located[]): readonly Atom[] | undefined {
    return this.#document.flatten(schemas);
  }

  allows(value: unknown, schemas: readonly Located[]): boolean {
    return this.#checker.allows(value, schemas);
  }

  values(schemas: readonly Located[]): readonly string[] | undefined {
    const atoms = this.flatten(schemas);
    if (atoms === undefined) return [];
    const listed = this.#listed(atoms);
    if (listed !== undefined) return listed;
    const types = this.#typesOf(atoms);
    if (!types.every((type) => type === "boolean" || type === "null")) return undefined;
    if (atoms.some(({ schema }) => Object.keys(schema).some(isCombining))) return undefined;
    return types.flatMap((type) => type === "null" ? ["null"] : ["true", "false"]);
  }

  /**
   * The rule of values that all of the given schemas allow. If they exceed a limit, it is the rule of any value.
   *
   * @throws {SchemaTooLargeError} if the grammar needs too many states
   */
  rule(schemas: readonly Located[]): number {
    const path = schemas.at(-1)?.path ?? [];
    try {
      this.#limits.begin(path);
    } catch (error) {
      if (!(error instanceof SchemaTooLargeError)) throw error;
      this.report.add(error.path, error.why);
      return this.#shared.anyValue();
    }
    try {
      const atoms = this.report.attempt(() => this.flatten(schemas) ?? "never");
      if (atoms === undefined || atoms.length === 0) return this.#shared.anyValue();
      return atoms === "never" ? this.#shared.noValue() : this.#ruleOf(atoms);
    } finally {
      this.#limits.end();
    }
  }

  reportUnsupported(atoms: readonly Atom[], more: readonly string[] = []): void {
    for (const { schema, path } of atoms) {
      for (const keyword of Object.keys(schema)) {
        const isOfType = TYPED.has(keyword);
        if (!more.includes(keyword) && (isOfType || !isUnsupported(keyword))) continue;
        this.report.add([...path, keyword], "this keyword is not supported");
      }
    }
  }

  #ruleOf(atoms: readonly Atom[]): number {
    const key = atoms.map(({ schema }) => this.#idOf(schema)).sort((a, b) => a - b).join();
    const own = this.#rules.get(key) ?? this.#shared.find(atoms);
    if (own !== undefined) return own;
    const [from, to] = [this.builder.state(), this.builder.end()];
    this.#rules.set(key, from);
    const before = this.report.count;
    this.#write({ atoms, from, to });
    // A rule with reports cannot be shared, since reports name a location.
    if (this.report.count === before) this.#shared.share(atoms, from);
    return from;
  }

  #idOf(schema: unknown): number {
    const id = this.#ids.get(schema) ?? this.#ids.size;
    this.#ids.set(schema, id);
    return id;
  }

  #write(part: SchemaPart): void {
    const { atoms, from, to } = part;
    const listed = this.report.attempt(() => this.#listed(atoms));
    if (listed !== undefined) {
      return this.builder.texts(from, listed.map((text) => [text, to]));
    }
    for (const index of atoms.keys()) {
      if (this.#writeAlternatives(part, index) || this.#writeDependent(part, index)) return;
    }
    this.reportUnsupported(atoms);
    for (const type of this.#typesOf(atoms)) this.#writeType(type, part);
  }

  /** Writes the alternatives of `anyOf` or `oneOf`, each combined with the schemas next to it. */
  #writeAlternatives({ atoms, from, to }: SchemaPart, index: number): boolean {
    const atom = atoms[index]!;
    const keyword = ["anyOf", "oneOf"].find((keyword) => keyword in atom.schema);
    if (keyword === undefined) return false;
    // The common schemas come first, also in the order of properties.
    const rest = atoms.with(index, this.#document.without(atom, keyword));
    const path = [...atom.path, keyword];
    const list = this.report.attempt(() => asList(atom.schema[keyword], path));
    const branches = list
      ? list.map((schema, index) => [...rest, { schema, path: [...path, index] }])
      : [rest];
    for (const branch of branches) this.builder.call(from, this.rule(branch), to);
    if (keyword === "oneOf" && list && !this.report.attempt(() => areDisjoint(this, branches))) {
      this.report.add(path, "several of its alternatives may apply to the same value");
    }
    return true;
  }

  /** Writes a constraint that depends on a property: either the property is absent, or the constraint applies. */
  #writeDependent({ atoms, from, to }: SchemaPart, index: number): boolean {
    const atom = atoms[index]!;
    const keyword = DEPENDENT.find((keyword) => keyword in atom.schema);
    if (keyword === undefined) return false;
    const [first, ...more] = Object.keys(
      this.report.attempt(() => objectAt(atom, keyword)) ?? {},
    );
    const without = this.#document.without(atom, keyword);
    if (first === undefined || more.length >= MAX_DEPENDENT) {
      if (first !== undefined) {
        this.report.add([...atom.path, keyword], `more than ${MAX_DEPENDENT} are not supported`);
      }
      this.builder.call(from, this.rule(atoms.with(index, without)), to);
      return true;
    }
    const { [first]: constraint, ...kept } = objectAt(atom, keyword);
    const left = more.length === 0 ? without : this.#document.derive(
      atom,
      `${keyword} without ${first}`,
      () => ({ ...atom.schema, [keyword]: kept }),
    );
    const rest = atoms.with(index, left);
    const path = [...atom.path, keyword, first];
    const derived = (what: string, make: () => Readonly<Record<string, unknown>>) =>
      this.#document.derive(atom, `${keyword} ${what} ${first}`, make);
    const absent = derived("absent", () => ({ properties: { [first]: false } }));
    const present = derived("present", () => ({ required: [first] }));
    const names = Array.isArray(constraint)
      ? this.report.attempt(() => asNames(constraint, path)) ?? []
      : undefined;
    const follows = names
      ? derived("follows", () => ({ required: names }))
      : { schema: constraint, path };
    this.builder.call(from, this.rule([...rest, absent]), to);
    this.builder.call(from, this.rule([...rest, present, follows]), to);
    return true;
  }

  /** The values that the schemas enumerate and all of them allow, as JSON. Undefined if they enumerate none. */
  #listed(atoms: readonly Atom[]): readonly string[] | undefined {
    const atom = atoms.find(({ schema }) => "const" in schema || "enum" in schema);
    if (!atom) return undefined;
    const isConst = "const" in atom.schema;
    const path = [...atom.path, isConst ? "const" : "enum"];
    const values = isConst ? [atom.schema["const"]] : listAt(atom, "enum");
    const all = values.map((value) => JSON.stringify(value));
    this.#limits.values(all, path);
    const texts = new Map<string, string>();
    for (const [index, value] of values.entries()) {
      const text = all[index]!;
      // A lone surrogate cannot be written in UTF-8.
      if (!text.isWellFormed() || /\\ud[89a-f]/.test(text)) {
        this.report.add(path, "it contains a lone surrogate");
      } else if (this.report.attempt(() => this.allows(value, atoms)) ?? true) {
        texts.set(canonicalJson(value), text);
      }
    }
    return [...texts.values()];
  }

  #typesOf(atoms: readonly Atom[]): readonly Type[] {
    return commonTypes(atoms, atoms.map((atom) => this.report.attempt(() => namedTypes(atom))));
  }

  #writeType(type: Type, part: SchemaPart): void {
    switch (type) {
      case "null":
        return this.builder.text(part.from, "null", part.to);
      case "boolean":
        return this.builder.texts(part.from, [["true", part.to], ["false", part.to]]);
      case "integer":
      case "number":
        return writeNumber(this, type, part);
      case "string":
        return writeString(this, part);
      case "array":
        return writeArray(this, part);
      case "object":
        return writeObject(this, part);
    }
  }
}

/** Whether a keyword combines schemas. */
function isCombining(keyword: string): boolean {
  return ["anyOf", "oneOf", "not", "if"].includes(keyword);
}
