import { anyNumber, integers, type NumberRange, numbers } from "../decimal.ts";
import { SchemaError } from "../errors.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import { numberAt } from "./keyword_values.ts";
import type { SchemaPart } from "./schema_part.ts";

const MAX_MULTIPLE = 1_000;

/** Writes numbers, or only integers, within the bounds of a schema. */
export function writeNumber(
  builder: GrammarBuilder,
  type: "number" | "integer",
  part: SchemaPart,
): void {
  const { from, to } = part;
  const range = rangeOf(part);
  if (type === "integer" || range.multipleOf !== undefined) integers(builder, from, range, to);
  else if (range.least === undefined && range.most === undefined) anyNumber(builder, from, to);
  else numbers(builder, from, range, to);
}

function rangeOf(part: SchemaPart): NumberRange {
  const [least, most] = [numberAt(part, "minimum"), numberAt(part, "maximum")];
  const above = numberAt(part, "exclusiveMinimum");
  const below = numberAt(part, "exclusiveMaximum");
  const aboveLeast = above !== undefined && above >= (least ?? -Infinity);
  const belowMost = below !== undefined && below <= (most ?? Infinity);
  const multipleOf = numberAt(part, "multipleOf");
  if (
    multipleOf !== undefined &&
    !(Number.isInteger(multipleOf) && multipleOf >= 1 && multipleOf <= MAX_MULTIPLE)
  ) {
    throw new SchemaError(
      [...part.path, "multipleOf"],
      `only whole numbers from 1 to ${MAX_MULTIPLE} are supported`,
    );
  }
  return {
    least: aboveLeast ? above : least,
    most: belowMost ? below : most,
    aboveLeast,
    belowMost,
    multipleOf,
  };
}
