import {
  anyNumber,
  greatestDivisor,
  integers,
  MAX_FRACTION,
  type NumberRange,
  numbers,
} from "../decimal.ts";
import { SchemaError } from "../errors.ts";
import { numberAt } from "./keyword_values.ts";
import type { Report } from "./report.ts";
import type { Atom, SchemaPart, SchemaWriter } from "./schema_part.ts";

/** Maximum step, in units of its last digit. */
const MAX_STEP = 1_000;
const INT32 = { least: -(2 ** 31), most: 2 ** 31 - 1 };

/** Writes numbers or integers within the bounds of their schemas. */
export function writeNumber(
  { builder, report }: SchemaWriter,
  type: "number" | "integer",
  { atoms, from, to }: SchemaPart,
): void {
  const range = rangeOf(atoms, report);
  const isWhole = type === "integer" || atoms.some(isInt32) || range.step?.fraction === 0;
  if (isWhole) integers(builder, from, range, to);
  else if (range.least === undefined && range.most === undefined && !range.step) {
    anyNumber(builder, from, to);
  } else numbers(builder, from, range, to);
}

function isInt32({ schema }: Atom): boolean {
  return schema["format"] === "int32";
}

function rangeOf(atoms: readonly Atom[], report: Report): NumberRange {
  let [least, most, aboveLeast, belowMost] = [-Infinity, Infinity, false, false];
  const raise = (bound: number | undefined, isExclusive: boolean) => {
    if (bound === undefined || bound < least) return;
    aboveLeast = bound > least ? isExclusive : aboveLeast || isExclusive;
    least = bound;
  };
  const lower = (bound: number | undefined, isExclusive: boolean) => {
    if (bound === undefined || bound > most) return;
    belowMost = bound < most ? isExclusive : belowMost || isExclusive;
    most = bound;
  };
  let step: Step | undefined;
  for (const atom of atoms) {
    const read = (keyword: string) => report.attempt(() => numberAt(atom, keyword));
    // Before draft 6 and in OpenAPI 3.0, these are booleans that make `minimum` and `maximum` exclusive.
    const isOld = (keyword: string) => typeof atom.schema[keyword] === "boolean";
    raise(read("minimum"), atom.schema["exclusiveMinimum"] === true);
    lower(read("maximum"), atom.schema["exclusiveMaximum"] === true);
    if (!isOld("exclusiveMinimum")) raise(read("exclusiveMinimum"), true);
    if (!isOld("exclusiveMaximum")) lower(read("exclusiveMaximum"), true);
    if (isInt32(atom)) {
      raise(INT32.least, false);
      lower(INT32.most, false);
    }
    step = report.attempt(() => stepOf(atom, step)) ?? step;
  }
  return {
    ...(least === -Infinity ? {} : { least, aboveLeast }),
    ...(most === Infinity ? {} : { most, belowMost }),
    ...(step ? { step } : {}),
  };
}

type Step = NonNullable<NumberRange["step"]>;

/** The least common multiple of a schema's `multipleOf` and another step. */
function stepOf(atom: Atom, other: Step | undefined): Step | undefined {
  const value = numberAt(atom, "multipleOf");
  if (value === undefined) return other;
  const at = [...atom.path, "multipleOf"];
  if (!(value > 0)) throw new SchemaError(at, "it must be greater than 0");
  const step = other ? leastCommon(decimal(value), other) : decimal(value);
  if (step.units <= MAX_STEP && step.fraction <= MAX_FRACTION) return step;
  throw new SchemaError(
    at,
    `only steps of up to ${MAX_STEP} units in the last digit are supported`,
  );
}

function leastCommon(a: Step, b: Step): Step {
  const fraction = Math.max(a.fraction, b.fraction);
  const [x, y] = [a, b].map((step) => step.units * 10 ** (fraction - step.fraction));
  return { units: x! / greatestDivisor(x!, y!) * y!, fraction };
}

/** The shortest decimal of a positive double: units * 10^-fraction. */
function decimal(value: number): Step {
  const [, whole, decimals = "", exponent = "0"] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/
    .exec(String(value))!;
  const fraction = decimals.length - Number(exponent);
  const units = Number(whole! + decimals);
  return fraction >= 0 ? { units, fraction } : { units: units * 10 ** -fraction, fraction: 0 };
}
