import type { Effort } from "../effort.ts";
import type { Grammar } from "../grammar.ts";
import { GrammarBuilder } from "../grammar_builder.ts";
import { answerStart } from "../separators.ts";
import { RootRules } from "./root_rules.ts";

/** Options of {@linkcode compileSchema}. */
export interface CompileSchemaOptions {
  /** Whether line ends may come before the value. @default false */
  readonly lineEnds?: boolean;
  /** Counts the steps of the compilation. */
  readonly effort?: Effort | undefined;
}

/**
 * Compiles a schema to a grammar of JSON texts whose values the schema allows. The grammar omits some of them:
 * properties come in the order of the schema, there is at most one space after a comma or colon and none elsewhere, and
 * numbers have at most 15 digits on either side of the point.
 *
 * Additional properties are written only if the schema mentions them, or names no properties.
 *
 * No schema is rejected. Constraints that cannot be enforced are listed in `unenforced`; the grammar then allows values
 * that the schema does not. If the list is empty, the schema allows every value of the grammar.
 *
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
export function compileSchema(
  id: string,
  schema: unknown,
  { lineEnds = false, effort }: CompileSchemaOptions = {},
): Grammar {
  const builder = new GrammarBuilder(effort);
  const [start, end] = [builder.state(), builder.end()];
  const from = answerStart(builder, start, lineEnds);
  const rules = new RootRules(builder);
  builder.call(from, rules.declare({ schema, path: [] }, "value"), end);
  return builder.build(id, start, rules.write());
}
