import { determinise, type Dfa } from "../dfa.ts";
import { type Path, SchemaError } from "../errors.ts";
import { Nfa, PatternTooLargeError } from "../nfa.ts";
import { PatternError } from "../pattern.ts";
import { optionalSpace } from "../separators.ts";
import { objectAt } from "./keyword_values.ts";
import type { Atom, Located, SchemaWriter } from "./schema_part.ts";
import { stringLanguage } from "./write_string.ts";

/** Patterns of names in all schemas that hold for one object. */
const MAX_PATTERNS = 16;

/**
 * Writes properties that the schemas do not name: pairs of a name and a value. What nobody speaks of is not written,
 * unless it is open.
 *
 * @param names that are not meant
 * @returns the rule of a pair, or undefined if there are no such properties
 */
export function writeOtherKey(
  writer: SchemaWriter,
  atoms: readonly Atom[],
  names: readonly string[],
  isOpen: boolean,
): number | undefined {
  const { report } = writer;
  const patterns = atoms.flatMap(patternsOf);
  const language = languageOfNames(writer, atoms);
  if (patterns.length === 0 && language === undefined) {
    const schemas = otherSchemas(atoms, []);
    if (schemas.length === 0 && !isOpen) return undefined;
    return schemas.some(({ schema }) => schema === false)
      ? undefined
      : writePlainPair(writer, names, schemas);
  }
  const isAlone = isOpen && patterns.length === 0;
  return report.attempt(() =>
    writePatternPair(writer, { atoms, names, patterns, language, isAlone })
  );
}

/** A pattern of names, and what the values are. */
interface NamePattern {
  readonly atom: Atom;
  readonly pattern: string;
  readonly schema: Located;
}

function patternsOf(atom: Atom): NamePattern[] {
  const { path } = atom;
  return Object.entries(objectAt(atom, "patternProperties")).map(([pattern, schema]) => ({
    atom,
    pattern,
    schema: { schema, path: [...path, "patternProperties", pattern] },
  }));
}

/** What the values are whose names some patterns match. */
function otherSchemas(atoms: readonly Atom[], matching: readonly NamePattern[]): Located[] {
  return atoms.flatMap((atom) => {
    const own = matching.filter((each) => each.atom === atom);
    if (own.length > 0) return own.map(({ schema }) => schema);
    const { schema, path } = atom;
    return "additionalProperties" in schema
      ? [{ schema: schema["additionalProperties"], path: [...path, "additionalProperties"] }]
      : [];
  });
}

/** What `propertyNames` allow. Undefined if they are not limited. */
function languageOfNames(
  writer: SchemaWriter,
  atoms: readonly Atom[],
): { readonly path: Path; readonly nfa: Nfa } | undefined {
  const schemas = atoms.filter(({ schema }) => "propertyNames" in schema).map((
    { schema, path },
  ) => ({ schema: schema["propertyNames"], path: [...path, "propertyNames"] }));
  const [first] = schemas;
  const limits = first && writer.flatten(schemas);
  if (!first || limits?.length === 0) return undefined;
  // If nothing is allowed, not even the empty name is.
  if (limits === undefined) return { path: first.path, nfa: nothing() };
  writer.reportUnsupported(limits, ["anyOf", "oneOf", "const", "enum"]);
  const nfa = stringLanguage(writer, limits);
  return nfa && { path: first.path, nfa };
}

function nothing(): Nfa {
  const nfa = new Nfa();
  nfa.start = nfa.state();
  nfa.accept = nfa.state();
  return nfa;
}

function writePlainPair(
  writer: SchemaWriter,
  names: readonly string[],
  schemas: readonly Located[],
): number {
  const { builder, strings } = writer;
  const [pair, colon] = [builder.state(), builder.state()];
  strings.except(pair, names, colon);
  writeValue(writer, colon, schemas, builder.end());
  return pair;
}

function writeValue(
  writer: SchemaWriter,
  colon: number,
  schemas: readonly Located[],
  end: number,
): void {
  const { builder } = writer;
  const rule = writer.rule(schemas);
  const key = builder.state();
  builder.text(colon, ":", key);
  builder.call(optionalSpace(builder, key), rule, end);
}

interface PatternPair {
  readonly atoms: readonly Atom[];
  readonly names: readonly string[];
  readonly patterns: readonly NamePattern[];
  readonly language: { readonly path: Path; readonly nfa: Nfa } | undefined;
  /** Whether names that match none of the patterns are meant although no schema speaks of them. */
  readonly isAlone: boolean;
}

/** Writes pairs in which the value depends on which patterns match the name. */
function writePatternPair(
  writer: SchemaWriter,
  { atoms, names, patterns, language, isAlone }: PatternPair,
): number {
  const { builder, strings } = writer;
  const path = patterns[0] ? [...patterns[0].atom.path, "patternProperties"] : language?.path ?? [];
  if (patterns.length > MAX_PATTERNS) {
    throw new SchemaError(path, `more than ${MAX_PATTERNS} patterns are not supported`);
  }
  // The first languages are those of the patterns, then come the names that are not meant, then what names may be.
  const automata = patterns.map(({ pattern, schema }) =>
    explained(schema.path, () => strings.patterns.parse(pattern))
  );
  automata.push(Nfa.ofTexts(names));
  if (language) automata.push(language.nfa);
  const dfa: Dfa = explained(path, () => determinise(automata));
  const [isNamed, isRight] = [1 << patterns.length, language ? 2 << patterns.length : 0];

  const [pair, end] = [builder.state(), builder.end()];
  const colons = new Map<number, number | undefined>();
  strings.labelled(pair, dfa, (label) => {
    if (label & isNamed || (label & isRight) !== isRight) return undefined;
    const matched = label & (isNamed - 1);
    if (!colons.has(matched)) {
      const schemas = otherSchemas(atoms, patterns.filter((_, index) => matched & (1 << index)));
      const isMeant = schemas.length > 0 || isAlone;
      const colon = isMeant ? builder.state() : undefined;
      colons.set(matched, colon);
      if (colon !== undefined) writeValue(writer, colon, schemas, end);
    }
    return colons.get(matched);
  });
  return pair;
}

function explained<T>(path: Path, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof PatternError || error instanceof PatternTooLargeError) {
      throw new SchemaError(path, error.message);
    }
    throw error;
  }
}
