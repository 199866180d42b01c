import type { Grammar } from "../grammar.ts";
import { GrammarBuilder } from "../grammar_builder.ts";
import { optionalSpace } from "../separators.ts";
import { SchemaCompiler } from "./schema_compiler.ts";

/**
 * A grammar of the JSON texts of values that a schema allows. It may leave out some of them, but allows no other:
 * properties come in the order of the schema, there is at most one space after a comma or colon and none elsewhere,
 * numbers have at most 15 digits on either side of the point.
 *
 * Properties beyond those named are written only where the schema speaks of them, or names none.
 *
 * @throws {SchemaError} if it uses what is not supported, contradicts itself or is no schema
 * @throws {SchemaTooLargeError}
 *
 * @see https://json-schema.org/draft/2020-12
 */
export function compileSchema(id: string, schema: unknown): Grammar {
  const builder = new GrammarBuilder();
  const [start, end] = [builder.state(), builder.end()];
  // An answer begins after the template's colon, which most models go on from with a space.
  const from = optionalSpace(builder, start);
  builder.call(from, new SchemaCompiler(builder, schema).rule(schema, []), end);
  return builder.build(id, start);
}
