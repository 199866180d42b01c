import type { Effort } from "../effort.ts";
import type { Grammar } from "../grammar.ts";
import { GrammarBuilder } from "../grammar_builder.ts";
import { optionalSpace } from "../separators.ts";
import { RootRules } from "./root_rules.ts";

/**
 * A grammar of the JSON texts of values that a schema allows. It may leave out some of them: properties come in the order
 * of the schema, there is at most one space after a comma or colon and none elsewhere, numbers have at most 15 digits on
 * either side of the point.
 *
 * Properties beyond those named are written only where the schema speaks of them, or names none.
 *
 * No schema is refused. What cannot be enforced is in `unenforced` of the grammar, which then allows values that the schema
 * does not. If nothing is there, all values are allowed by the schema.
 *
 * @param effort counts the steps that compiling takes
 * @throws {EffortExceededError}
 * @see https://json-schema.org/draft/2020-12
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { compileSchema } from "./compile_schema.ts";
 * const { unenforced } = compileSchema("id", { properties: { a: { not: { type: "null" } } } });
 * assert.deepEqual(unenforced.map(({ path }) => path), [["properties", "a", "not"]]);
 * ```
 */
export function compileSchema(id: string, schema: unknown, effort?: Effort): Grammar {
  const builder = new GrammarBuilder(effort);
  const [start, end] = [builder.state(), builder.end()];
  // An answer begins after the template's colon, which most models go on from with a space.
  const from = optionalSpace(builder, start);
  const rules = new RootRules(builder);
  builder.call(from, rules.declare({ schema, path: [] }, "value"), end);
  return builder.build(id, start, rules.write());
}
