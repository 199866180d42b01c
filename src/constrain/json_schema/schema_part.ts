import type { Path } from "../errors.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import type { JsonStrings } from "../json_strings.ts";
import type { Report } from "./report.ts";

/** A value in the position of a schema, not yet validated, and its location. */
export interface Located {
  readonly schema: unknown;
  readonly path: Path;
}

/** A schema that is an object, and its location. */
export interface Atom {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

/** Schemas that apply to the same value, and the states between which that value is written. */
export interface SchemaPart {
  readonly atoms: readonly Atom[];
  readonly from: number;
  readonly to: number;
}

/** The interface of the compiler for the functions that write parts. */
export interface SchemaWriter {
  readonly builder: GrammarBuilder;
  readonly strings: JsonStrings;
  readonly report: Report;
  /** The rule of values that all of the schemas allow. */
  rule(schemas: readonly Located[]): number;
  /** The schemas and the ones they refer to. Undefined if they allow no value. */
  flatten(schemas: readonly Located[]): readonly Atom[] | undefined;
  /** Reports unsupported keywords that are not specific to a type, and the keywords in `more`. */
  reportUnsupported(atoms: readonly Atom[], more?: readonly string[]): void;
  /** Whether all of the schemas allow a value. */
  allows(value: unknown, schemas: readonly Located[]): boolean;
  /** The values that the schemas allow, as JSON, if they are enumerable. */
  values(schemas: readonly Located[]): readonly string[] | undefined;
}
