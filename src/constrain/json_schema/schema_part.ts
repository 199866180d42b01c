import type { Path } from "../errors.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import type { JsonStrings } from "../json_strings.ts";
import type { Report } from "./report.ts";

/** Anything that stands where a schema should, and its place. */
export interface Located {
  readonly schema: unknown;
  readonly path: Path;
}

/** A schema that is an object, and its place. */
export interface Atom {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

/** Schemas that hold for the same value, and the states between which that value is written. */
export interface SchemaPart {
  readonly atoms: readonly Atom[];
  readonly from: number;
  readonly to: number;
}

/** What parts are written with. */
export interface SchemaWriter {
  readonly builder: GrammarBuilder;
  readonly strings: JsonStrings;
  readonly report: Report;
  /** The rule of values that all of some schemas allow. */
  rule(schemas: readonly Located[]): number;
  /** Some schemas with those that they lead to. Undefined if they allow nothing. */
  flatten(schemas: readonly Located[]): readonly Atom[] | undefined;
  /** Reports keywords that limit values of all types and are not enforced, and some more. */
  reportUnsupported(atoms: readonly Atom[], more?: readonly string[]): void;
  /** Whether a value is allowed by all of some schemas. */
  allows(value: unknown, schemas: readonly Located[]): boolean;
  /** The values that some schemas allow, as JSON, if they are listed in them. */
  values(schemas: readonly Located[]): readonly string[] | undefined;
}
