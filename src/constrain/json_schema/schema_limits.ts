import type { Effort } from "../effort.ts";
import { type Path, SchemaTooLargeError } from "../errors.ts";

/** Names and indices to a schema: about three for each that it lies in. */
const MAX_PATH = 192;
/** Rules that are begun within each other. References lead from rule to rule however short the paths are. */
const MAX_NESTED = 500;
/** Rules in all. */
const MAX_RULES = 5_000;
/** Schemas that are visited for all rules: several schemas may hold for one value, and one for several. */
const MAX_VISITED = 50_000;
/** Values of all enumerations, and their characters as JSON. */
const MAX_VALUES = 10_000;
const MAX_VALUE_CHARACTERS = 200_000;
/** Steps that a schema counts for each time that it is visited. */
const VISIT_STEPS = 40;

/** Counts what a schema is made of, and throws a {@linkcode SchemaTooLargeError} when it is too much. */
export class SchemaLimits {
  #rules = 0;
  #visited = 0;
  #nested = 0;
  #values = 0;
  #characters = 0;
  readonly #effort: Effort;

  constructor(effort: Effort) {
    this.#effort = effort;
  }

  /** A rule begins, within those that have not ended. */
  begin(path: Path): void {
    if (path.length > MAX_PATH || this.#nested >= MAX_NESTED) {
      throw new SchemaTooLargeError(path, "it is too deep");
    }
    if (this.#rules >= MAX_RULES) {
      throw new SchemaTooLargeError(path, `there are more than ${MAX_RULES} schemas`);
    }
    this.#nested++;
    this.#rules++;
  }

  /** The latest rule that began ends. */
  end(): void {
    this.#nested--;
  }

  /** A schema is visited. */
  visit(path: Path): void {
    this.#effort.spend(VISIT_STEPS);
    if (++this.#visited > MAX_VISITED) {
      throw new SchemaTooLargeError(path, "too many of its schemas hold for the same value");
    }
  }

  /** An enumeration has these values, as JSON. */
  values(texts: readonly string[], path: Path): void {
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    if (
      this.#values + texts.length > MAX_VALUES ||
      this.#characters + characters > MAX_VALUE_CHARACTERS
    ) {
      throw new SchemaTooLargeError(path, "there are too many values");
    }
    this.#values += texts.length;
    this.#characters += characters;
  }
}
