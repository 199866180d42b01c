import type { GrammarBuilder } from "../grammar_builder.ts";
import { JsonStrings } from "../json_strings.ts";
import { isAnnotation } from "./keywords.ts";

/**
 * What the schemas of one grammar share: schemas that have no others within them are the same rule wherever they stand.
 * A hundred functions are mostly the same strings and numbers, and those are what most states are for.
 */
export class SharedRules {
  readonly strings: JsonStrings;
  readonly #rules = new Map<string, number>();

  constructor(builder: GrammarBuilder) {
    this.strings = new JsonStrings(builder);
  }

  /** The rule of a schema that allows the same, if there is one. */
  find(schema: unknown): number | undefined {
    const key = keyOf(schema);
    return key === undefined ? undefined : this.#rules.get(key);
  }

  /** Lets others find the rule of a schema. */
  share(schema: unknown, rule: number): void {
    const key = keyOf(schema);
    if (key !== undefined) this.#rules.set(key, rule);
  }
}

/** What a schema allows, as a text. Undefined if that depends on other schemas. */
function keyOf(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null || "$ref" in schema) return undefined;
  const limits = Object.entries(schema).filter(([keyword]) => !isAnnotation(keyword));
  return limits.every(([, value]) => isFlat(value)) ? JSON.stringify(limits.sort()) : undefined;
}

/** Whether a value, or all of a list, is neither an object nor a list. */
function isFlat(value: unknown): boolean {
  const values = Array.isArray(value) ? value : [value];
  return values.every((each) => typeof each !== "object" || each === null);
}
