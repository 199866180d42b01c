import { anyNumber } from "../decimal.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import { JsonStrings } from "../json_strings.ts";
import { comma, optionalSpace } from "../separators.ts";
import { isAnnotation } from "./keywords.ts";
import type { Atom } from "./schema_part.ts";

/**
 * Rules that the schemas of one grammar share: schemas that have no others within them are the same rule wherever they
 * stand. A hundred functions are mostly the same strings and numbers, and those are what most states are for.
 */
export class SharedRules {
  readonly strings: JsonStrings;
  readonly #builder: GrammarBuilder;
  readonly #rules = new Map<string, number>();
  readonly #any: number;
  readonly #anyObject: number;
  readonly #none: number;

  constructor(builder: GrammarBuilder) {
    this.#builder = builder;
    this.strings = new JsonStrings(builder);
    this.#none = builder.state();
    this.#any = builder.state();
    this.#anyObject = builder.state();
    this.#writeAny();
  }

  /** The rule of all values. */
  anyValue(): number {
    return this.#any;
  }

  /** The rule of all objects. */
  anyObject(): number {
    return this.#anyObject;
  }

  /** A rule without a way to its end. */
  noValue(): number {
    return this.#none;
  }

  /** The rule of schemas that allow the same, if there is one. */
  find(atoms: readonly Atom[]): number | undefined {
    const key = keyOf(atoms);
    return key === undefined ? undefined : this.#rules.get(key);
  }

  /** Lets others find the rule of schemas. */
  share(atoms: readonly Atom[], rule: number): void {
    const key = keyOf(atoms);
    if (key !== undefined) this.#rules.set(key, rule);
  }

  /** Forgets rules whose states are given back. */
  forget(from: number): void {
    for (const [key, rule] of this.#rules) if (rule >= from) this.#rules.delete(key);
    this.strings.forget(from);
  }

  #writeAny(): void {
    const { strings } = this;
    const builder = this.#builder;
    const [from, to] = [this.#any, builder.end()];
    builder.texts(from, ["null", "true", "false"].map((text) => [text, to]));
    anyNumber(builder, from, to);
    strings.ofLength(from, 0, undefined, to);
    const objectEnd = builder.end();
    builder.call(from, this.#anyObject, to);

    const [item, list, listEnd] = [builder.state(), builder.state(), builder.state()];
    const itemEnd = builder.end();
    builder.text(from, "[", list);
    builder.call(comma(builder, item), from, itemEnd);
    const later = builder.state();
    builder.call(list, from, later);
    builder.loop(later, item, 0, undefined, listEnd);
    for (const state of [list, listEnd]) builder.text(state, "]", to);

    const [pair, pairEnd, colon, value] = [
      builder.state(),
      builder.end(),
      builder.state(),
      builder.state(),
    ];
    strings.except(pair, [], colon);
    builder.text(colon, ":", value);
    builder.call(optionalSpace(builder, value), from, pairEnd);
    const [first, after, another, done] = [
      builder.state(),
      builder.state(),
      builder.state(),
      builder.state(),
    ];
    builder.text(this.#anyObject, "{", first);
    builder.call(first, pair, after);
    const anotherEnd = builder.end();
    builder.call(comma(builder, another), pair, anotherEnd);
    builder.loop(after, another, 0, undefined, done);
    for (const state of [first, done]) builder.text(state, "}", objectEnd);
  }
}

/** What schemas allow, as a text. Undefined if that depends on other schemas. */
function keyOf(atoms: readonly Atom[]): string | undefined {
  const [atom] = atoms;
  if (atom === undefined || atoms.length > 1) return undefined;
  const limits = Object.entries(atom.schema).filter(([keyword]) => !isAnnotation(keyword));
  return limits.every(([, value]) => isFlat(value)) ? JSON.stringify(limits.sort()) : undefined;
}

/** Whether a value, or all of a list, is neither an object nor a list. */
function isFlat(value: unknown): boolean {
  const values = Array.isArray(value) ? value : [value];
  return values.every((each) => typeof each !== "object" || each === null);
}
