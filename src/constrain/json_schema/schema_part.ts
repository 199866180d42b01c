import type { GrammarBuilder } from "../grammar_builder.ts";
import type { JsonStrings } from "../json_strings.ts";

/** Where in a schema something is: property names and indices from its root. */
export type Path = readonly PropertyKey[];

/** A schema within a schema, and the states between which its values are written. */
export interface SchemaPart {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly path: Path;
  readonly from: number;
  readonly to: number;
}

/** What a part is written with. */
export interface SchemaWriter {
  readonly builder: GrammarBuilder;
  readonly strings: JsonStrings;
  /** The rule of a schema in the part. */
  rule(schema: unknown, path: Path): number;
}
