import type { Effort } from "../effort.ts";
import { type Path, SchemaTooLargeError } from "../errors.ts";

/** Maximum length of a path: about three steps per level of nesting. */
const MAX_PATH = 192;
/** Maximum nesting of rules. References nest rules even if paths are short. */
const MAX_NESTED = 500;
/** Maximum number of rules. */
const MAX_RULES = 5_000;
/** Maximum number of visits of schemas, over all rules. */
const MAX_VISITED = 50_000;
/** Maximum number of enumerated values. */
const MAX_VALUES = 10_000;
/** Maximum total length of enumerated values as JSON, in UTF-16 code units. */
const MAX_VALUE_CHARACTERS = 200_000;
/** Steps that a visit of a schema counts for. */
const VISIT_STEPS = 40;

/** Bounds the size of a schema. The methods throw {@linkcode SchemaTooLargeError} when a limit is exceeded. */
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

  /** Counts the start of a rule, nested in the rules that have not ended. */
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

  /** Counts the end of the innermost rule. */
  end(): void {
    this.#nested--;
  }

  /** Counts a visit of a schema. */
  visit(path: Path): void {
    this.#effort.spend(VISIT_STEPS);
    if (++this.#visited > MAX_VISITED) {
      throw new SchemaTooLargeError(path, "too many schemas apply to the same values");
    }
  }

  /** Counts the values of an enumeration, given as JSON. */
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
