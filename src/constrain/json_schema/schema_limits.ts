import { SchemaTooLargeError } from "../errors.ts";
import type { Path } from "./schema_part.ts";

/** Names and indices to a schema: about three for each that it lies in. */
const MAX_PATH = 192;
/** Rules that are begun within each other. References lead from rule to rule however short the paths are. */
const MAX_NESTED = 500;
/** Schemas in all. */
const MAX_SCHEMAS = 5_000;
/** Values of all enumerations, and their characters as JSON. */
const MAX_VALUES = 10_000;
const MAX_VALUE_CHARACTERS = 200_000;

/** Counts what a schema is made of, and throws a {@linkcode SchemaTooLargeError} when it is too much. */
export class SchemaLimits {
  #schemas = 0;
  #nested = 0;
  #values = 0;
  #characters = 0;

  /** A schema begins, within those that have not ended. */
  begin(path: Path): void {
    if (path.length > MAX_PATH || ++this.#nested > MAX_NESTED) {
      throw new SchemaTooLargeError(path, "it is too deep");
    }
    if (++this.#schemas > MAX_SCHEMAS) {
      throw new SchemaTooLargeError(path, `there are more than ${MAX_SCHEMAS} schemas`);
    }
  }

  /** The latest schema that began ends. */
  end(): void {
    this.#nested--;
  }

  /** An enumeration has these values, as JSON. */
  values(texts: readonly string[], path: Path): void {
    this.#values += texts.length;
    this.#characters += texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#values > MAX_VALUES || this.#characters > MAX_VALUE_CHARACTERS) {
      throw new SchemaTooLargeError(path, "there are too many values");
    }
  }
}
