import { anyNumber } from "../decimal.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import { JsonStrings } from "../json_strings.ts";
import { comma, optionalSpace } from "../separators.ts";
import { isAnnotation } from "./keywords.ts";
import type { Atom } from "./schema_part.ts";

/**
 * Rules shared by all schemas of a grammar: equal schemas without nested schemas share one rule. Large sets of
 * functions consist mostly of equal string and number schemas, which need most of the states.
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

  /** A rule without an end, which allows no value. */
  noValue(): number {
    return this.#none;
  }

  /** The shared rule of equal schemas, if there is one. */
  find(atoms: readonly Atom[]): number | undefined {
    const key = keyOf(atoms);
    return key === undefined ? undefined : this.#rules.get(key);
  }

  /** Shares the rule of schemas. */
  share(atoms: readonly Atom[], rule: number): void {
    const key = keyOf(atoms);
    if (key !== undefined) this.#rules.set(key, rule);
  }

  /** Forgets the rules of truncated states. @param from the first removed state */
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

/** A key that is equal for schemas with equal constraints. Undefined if they contain nested schemas. */
function keyOf(atoms: readonly Atom[]): string | undefined {
  const [atom] = atoms;
  if (atom === undefined || atoms.length > 1) return undefined;
  const limits = Object.entries(atom.schema).filter(([keyword]) => !isAnnotation(keyword));
  return limits.every(([, value]) => isFlat(value)) ? JSON.stringify(limits.sort()) : undefined;
}

/** Whether a value is a scalar or a list of scalars. */
function isFlat(value: unknown): boolean {
  const values = Array.isArray(value) ? value : [value];
  return values.every((each) => typeof each !== "object" || each === null);
}
