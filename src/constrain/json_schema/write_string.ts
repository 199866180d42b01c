import { SchemaError, SchemaTooLargeError } from "../errors.ts";
import { FORMATS } from "../formats.ts";
import type { JsonStrings } from "../json_strings.ts";
import { Nfa, PatternTooLargeError } from "../nfa.ts";
import { parsePattern, PatternError } from "../pattern.ts";
import { countAt, stringAt } from "./keyword_values.ts";
import type { SchemaPart } from "./schema_part.ts";

/** Writes strings of the length, pattern and format of a schema. */
export function writeString(strings: JsonStrings, part: SchemaPart): void {
  const { schema, path, from, to } = part;
  const least = countAt(part, "minLength") ?? 0;
  const most = countAt(part, "maxLength");
  const patterns: string[] = [];
  if ("format" in schema) patterns.push(formatOf(part));
  if ("pattern" in schema) patterns.push(stringAt(part, "pattern"));
  if (patterns.length === 0) return strings.ofLength(from, least, most, to);
  try {
    const languages = patterns.map(parsePattern);
    if (least > 0 || most !== undefined) languages.push(Nfa.ofLength(least, most));
    strings.matching(from, languages.reduce(Nfa.both), to);
  } catch (error) {
    const at = [...path, "pattern" in schema ? "pattern" : "maxLength"];
    if (error instanceof PatternError) throw new SchemaError(at, error.message);
    if (error instanceof PatternTooLargeError) throw new SchemaTooLargeError(at, error.message);
    throw error;
  }
}

/** The pattern of the format. */
function formatOf({ schema, path }: SchemaPart): string {
  const format = String(schema["format"]);
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format]!;
  throw new SchemaError(
    [...path, "format"],
    `only ${Object.keys(FORMATS).join(", ")} are supported`,
  );
}
