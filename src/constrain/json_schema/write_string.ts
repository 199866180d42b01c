import { type Path, SchemaError } from "../errors.ts";
import { FORMATS, isUnsupportedFormat } from "../formats.ts";
import { Nfa, PatternTooLargeError } from "../nfa.ts";
import { PatternError } from "../pattern.ts";
import { countAt, stringAt } from "./keyword_values.ts";
import type { Atom, SchemaPart, SchemaWriter } from "./schema_part.ts";

/** A pattern that strings must match, and the path of its keyword. */
interface RequiredPattern {
  readonly pattern: string;
  readonly path: Path;
}

/** Writes strings with the length, pattern and format of their schemas. */
export function writeString(writer: SchemaWriter, part: SchemaPart): void {
  const { strings } = writer;
  const { from, to } = part;
  const lengths = lengthsOf(writer, part.atoms);
  const language = patternLanguage(writer, part.atoms, lengths);
  if (language !== undefined) strings.matching(from, language, to);
  else strings.ofLength(from, lengths.least.count, lengths.most.count, to);
}

/** The language of strings that the schemas allow. Undefined if they allow all strings. */
export function stringLanguage(writer: SchemaWriter, atoms: readonly Atom[]): Nfa | undefined {
  const lengths = lengthsOf(writer, atoms);
  const language = patternLanguage(writer, atoms, lengths);
  const { least, most } = lengths;
  if (language !== undefined || (least.count === 0 && most.count === undefined)) return language;
  return writer.report.attempt(() =>
    asSchemaErrors(
      most.count === undefined ? least.path : most.path,
      () => Nfa.ofLength(least.count, most.count),
    )
  );
}

/** The language of patterns and formats, restricted to the lengths. Undefined if there are neither. */
function patternLanguage(
  writer: SchemaWriter,
  atoms: readonly Atom[],
  { least, most }: ReturnType<typeof lengthsOf>,
): Nfa | undefined {
  const { strings } = writer;
  let language: Nfa | undefined;
  /** Intersects the language with another, or reports why that is not possible. */
  const narrow = (path: Path, other: () => Nfa) => {
    const narrowed = writer.report.attempt(() =>
      asSchemaErrors(path, () => language ? Nfa.both(language, other()) : other())
    );
    language = narrowed ?? language;
  };
  for (const { pattern, path } of atoms.flatMap((atom) => patternsOf(writer, atom))) {
    narrow(path, () => strings.patterns.parse(pattern));
  }
  if (language === undefined) return undefined;
  const lengths = language.lengths();
  const isLong = least.count > lengths.least;
  if (isLong || (most.count !== undefined && most.count < lengths.most)) {
    narrow((isLong ? least : most).path, () => Nfa.ofLength(least.count, most.count));
  }
  return language;
}

/** The bounds of the length, with the paths of the keywords that set them. */
function lengthsOf({ report }: SchemaWriter, atoms: readonly Atom[]) {
  let least: { count: number; path: Path } = { count: 0, path: [] };
  let most: { count: number | undefined; path: Path } = { count: undefined, path: [] };
  for (const atom of atoms) {
    const count = report.attempt(() => countAt(atom, "minLength")) ?? 0;
    if (count > least.count) least = { count, path: [...atom.path, "minLength"] };
    const limit = report.attempt(() => countAt(atom, "maxLength")) ?? Infinity;
    if (limit < (most.count ?? Infinity)) {
      most = { count: limit, path: [...atom.path, "maxLength"] };
    }
  }
  return { least, most };
}

function patternsOf({ report }: SchemaWriter, atom: Atom): RequiredPattern[] {
  const { schema, path } = atom;
  const required: RequiredPattern[] = [];
  const format = "format" in schema ? report.attempt(() => formatOf(atom)) : undefined;
  if (format !== undefined) required.push({ pattern: format, path: [...path, "format"] });
  const pattern = "pattern" in schema ? report.attempt(() => stringAt(atom, "pattern")) : undefined;
  if (pattern !== undefined) required.push({ pattern, path: [...path, "pattern"] });
  return required;
}

/** The pattern of a format. Undefined if the format does not constrain strings. */
function formatOf(atom: Atom): string | undefined {
  const format = stringAt(atom, "format");
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format]!;
  if (!isUnsupportedFormat(format)) return undefined;
  throw new SchemaError([...atom.path, "format"], "this format is not supported");
}

/** Runs a function. Turns errors of patterns into {@linkcode SchemaError}s at a path. */
export function asSchemaErrors<T>(path: Path, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof PatternError || error instanceof PatternTooLargeError) {
      throw new SchemaError(path, error.message);
    }
    throw error;
  }
}
