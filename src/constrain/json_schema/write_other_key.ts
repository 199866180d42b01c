import { determinise, type Dfa } from "../dfa.ts";
import { type Path, SchemaError } from "../errors.ts";
import { Nfa } from "../nfa.ts";
import { optionalSpace } from "../separators.ts";
import { objectAt } from "./keyword_values.ts";
import type { Atom, Located, SchemaWriter } from "./schema_part.ts";
import { asSchemaErrors, stringLanguage } from "./write_string.ts";

/** Maximum number of name patterns that apply to one object. */
const MAX_PATTERNS = 16;

/**
 * Writes properties that the schemas do not name: pairs of a name and a value.
 *
 * @param names excluded names
 * @param isOpen whether to write names that no schema mentions
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

/** A pattern of names, and the schema of the values. */
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

/** The schemas of a value whose name matches the given patterns. */
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

/** The language that `propertyNames` allows. Undefined if it does not constrain names. */
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
  // If `propertyNames` allows no value, the language is empty.
  if (limits === undefined) return { path: first.path, nfa: emptyLanguage() };
  writer.reportUnsupported(limits, ["anyOf", "oneOf", "const", "enum"]);
  const nfa = stringLanguage(writer, limits);
  return nfa && { path: first.path, nfa };
}

function emptyLanguage(): Nfa {
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
  /** Whether to write names that match no pattern and that no schema mentions. */
  readonly isAlone: boolean;
}

/** Writes pairs whose value depends on the patterns that match the name. */
function writePatternPair(
  writer: SchemaWriter,
  { atoms, names, patterns, language, isAlone }: PatternPair,
): number {
  const { builder, strings } = writer;
  const path = patterns[0] ? [...patterns[0].atom.path, "patternProperties"] : language?.path ?? [];
  if (patterns.length > MAX_PATTERNS) {
    throw new SchemaError(path, `more than ${MAX_PATTERNS} patterns are not supported`);
  }
  // Bits of the labels: the patterns, then the excluded names, then the language of `propertyNames`.
  const automata = patterns.map(({ pattern, schema }) =>
    asSchemaErrors(schema.path, () => strings.patterns.parse(pattern))
  );
  automata.push(Nfa.ofTexts(names));
  if (language) automata.push(language.nfa);
  const dfa: Dfa = asSchemaErrors(path, () => determinise(automata));
  const [isExcluded, isAllowed] = [1 << patterns.length, language ? 2 << patterns.length : 0];

  const [pair, end] = [builder.state(), builder.end()];
  const colons = new Map<number, number | undefined>();
  strings.labelled(pair, dfa, (label) => {
    if (label & isExcluded || (label & isAllowed) !== isAllowed) return undefined;
    const matched = label & (isExcluded - 1);
    if (!colons.has(matched)) {
      const schemas = otherSchemas(atoms, patterns.filter((_, index) => matched & (1 << index)));
      const colon = schemas.length > 0 || isAlone ? builder.state() : undefined;
      colons.set(matched, colon);
      if (colon !== undefined) writeValue(writer, colon, schemas, end);
    }
    return colons.get(matched);
  });
  return pair;
}
