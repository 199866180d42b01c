import { SchemaError } from "../errors.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import type { JsonStrings } from "../json_strings.ts";
import { checkDisjoint } from "./check_disjoint.ts";
import { asList, asObject, isObject } from "./keyword_values.ts";
import { type Combining, combiningKeyword, isCombined } from "./keywords.ts";
import { References } from "./references.ts";
import { SchemaLimits } from "./schema_limits.ts";
import { SharedRules } from "./shared_rules.ts";
import type { Path, SchemaPart, SchemaWriter } from "./schema_part.ts";
import { isOfType, type Type, typesOf } from "./types.ts";
import { writeArray } from "./write_array.ts";
import { writeNumber } from "./write_number.ts";
import { writeObject } from "./write_object.ts";
import { writeString } from "./write_string.ts";

/** The schema that allows everything, as an object, so that it has one rule. */
const ANYTHING = {};

/** Writes the rules of a schema, and of those it refers to. */
export class SchemaCompiler implements SchemaWriter {
  readonly builder: GrammarBuilder;
  readonly #shared: SharedRules;
  readonly #references: References;
  readonly #limits = new SchemaLimits();
  /** Rules by the schema object that they are for: those that refer to themselves end here. */
  readonly #rules = new Map<unknown, number>();

  /**
   * @param root where references lead
   * @param shared of all schemas of the grammar
   */
  constructor(builder: GrammarBuilder, root: unknown, shared = new SharedRules(builder)) {
    this.builder = builder;
    this.#shared = shared;
    this.#references = new References(root);
  }

  get strings(): JsonStrings {
    return this.#shared.strings;
  }

  /**
   * The rule of a schema.
   *
   * @throws {SchemaError}
   * @throws {SchemaTooLargeError}
   */
  rule(schema: unknown, path: Path): number {
    if (schema === true) return this.rule(ANYTHING, []);
    const own = this.#rules.get(schema);
    if (own !== undefined) return own;
    this.#limits.begin(path);
    const known = this.#shared.find(schema);
    if (known !== undefined) {
      this.#limits.end();
      return known;
    }
    const [from, to] = [this.builder.state(), this.builder.end()];
    // A schema that allows nothing is a rule without a way to its end.
    if (schema !== false) {
      this.#rules.set(schema, from);
      this.#shared.share(schema, from);
      this.#write({ schema: asObject(schema, path), path, from, to });
    }
    this.#limits.end();
    return from;
  }

  /** The rule of a schema, of whose values only objects are meant. */
  objectRule(schema: unknown, path: Path): number {
    const isOpen = isObject(schema) && !("type" in schema) && !isCombined(schema);
    return this.rule(isOpen ? { type: "object", ...schema } : schema, path);
  }

  #write(part: SchemaPart): void {
    const combining = combiningKeyword(part);
    if (combining !== undefined) this.#writeCombined(combining, part);
    else for (const type of typesOf(part)) this.#writeType(type, part);
  }

  #writeCombined(keyword: Combining, part: SchemaPart): void {
    const value = part.schema[keyword];
    const path = [...part.path, keyword];
    switch (keyword) {
      case "const":
        return this.#writeValues([value], path, part);
      case "enum":
        return this.#writeValues(asList(value, path), path, part);
      case "$ref": {
        const target = this.#references.resolve(value, path);
        return this.builder.call(part.from, this.rule(target.schema, target.path), part.to);
      }
    }
    const branches = asList(value, path);
    if (keyword === "allOf" && branches.length > 1) {
      throw new SchemaError(path, "more than one schema in it is not supported");
    }
    for (const [index, branch] of branches.entries()) {
      this.builder.call(part.from, this.rule(branch, [...path, index]), part.to);
    }
    // Last, as it compares alternatives with each other: by now there are not too many.
    if (keyword === "oneOf") checkDisjoint(branches, this.#references, path);
  }

  /** Writes those of some values that are of the type, if there is one. */
  #writeValues(values: readonly unknown[], path: Path, part: SchemaPart): void {
    const types = "type" in part.schema ? typesOf(part) : undefined;
    const texts = values
      .filter((value) => !types || types.some((type) => isOfType(value, type)))
      .map((value) => JSON.stringify(value));
    this.#limits.values(texts, path);
    if (texts.some((text) => !text.isWellFormed() || /\\ud[89a-f]/.test(text))) {
      throw new SchemaError(path, "it has half of a surrogate pair, which is not a character");
    }
    this.builder.texts(part.from, texts.map((text) => [text, part.to]));
  }

  #writeType(type: Type, part: SchemaPart): void {
    switch (type) {
      case "null":
        return this.builder.text(part.from, "null", part.to);
      case "boolean":
        return this.builder.texts(part.from, [["true", part.to], ["false", part.to]]);
      case "integer":
      case "number":
        return writeNumber(this.builder, type, part);
      case "string":
        return writeString(this.strings, part);
      case "array":
        return writeArray(this, part);
      case "object":
        return writeObject(this, part);
    }
  }
}
