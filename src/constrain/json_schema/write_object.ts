import { comma, optionalSpace } from "../separators.ts";
import { countAt, namesAt, objectAt } from "./keyword_values.ts";
import type { Atom, Located, SchemaPart, SchemaWriter } from "./schema_part.ts";
import { propertySchemas } from "./value_checker.ts";
import { writeOtherKey } from "./write_other_key.ts";

/** Maximum number of states for counting properties: properties times distinguished counts. */
const MAX_COUNTED = 5_000;

/** Writes objects with the properties of their schemas, in the order of the schemas. */
export function writeObject(writer: SchemaWriter, part: SchemaPart): void {
  const { builder, report } = writer;
  const { from, to } = part;
  const atoms = part.atoms.filter((atom) => isReadable(writer, atom));
  const listed = listedNames(writer, atoms);
  const required = new Set(
    part.atoms.flatMap((atom) => report.attempt(() => namesAt(atom, "required")) ?? []),
  );
  const names = [
    ...new Set([
      ...atoms.flatMap(({ schema }) => Object.keys(schema["properties"] ?? {})),
      ...required,
      ...listed ?? [],
    ]),
  ];
  const counts = countsOf(writer, part.atoms, names, required, listed !== undefined);
  reportUnevaluated(writer, part.atoms);

  // The state after n properties is `states[n]`; the last one stands for all higher counts. A comma precedes every
  // property but the first, so at least 0 and 1 are distinguished.
  let states: (number | undefined)[] = [builder.state()];
  builder.text(from, "{", states[0]!);
  for (const name of names) {
    const pair = builder.state();
    writePair(writer, name, schemasOf(writer, atoms, name), pair);
    states = writeProperty(builder, states, pair, required.has(name), counts);
  }
  const ends = [...states.entries()].filter(([count]) => count >= counts.least)
    .flatMap(([, state]) => state ?? []);
  if (listed === undefined) {
    const isOpen = names.length === 0 || counts.least > names.length;
    const other = writeOtherKey(writer, atoms, names, isOpen);
    if (other !== undefined) ends.push(...writeOthers(builder, states, other, counts));
  }
  for (const state of ends) builder.text(state, "}", to);
}

/** Bounds of the number of properties. */
interface Counts {
  readonly least: number;
  readonly most: number;
  /** The highest count that has its own state. */
  readonly counted: number;
}

/** Whether the keywords that describe properties have valid values. */
function isReadable({ report }: SchemaWriter, atom: Atom): boolean {
  return report.attempt(
    () => [objectAt(atom, "properties"), objectAt(atom, "patternProperties")],
  ) !== undefined;
}

/** The schemas of a property's value. */
function schemasOf(writer: SchemaWriter, atoms: readonly Atom[], name: string): Located[] {
  const { report } = writer;
  const isName = atoms.every((atom) => {
    const { schema, path } = atom;
    if (!("propertyNames" in schema)) return true;
    const names = { schema: schema["propertyNames"], path: [...path, "propertyNames"] };
    return report.attempt(() => writer.allows(name, [names])) ?? true;
  });
  if (!isName) return [{ schema: false, path: [] }];
  return atoms.flatMap((atom) => propertySchemas(atom, name, writer.strings.patterns));
}

/** The names of all properties, if `propertyNames` enumerates them. */
function listedNames(writer: SchemaWriter, atoms: readonly Atom[]): readonly string[] | undefined {
  const schemas = atoms
    .filter(({ schema }) => "propertyNames" in schema)
    .map(({ schema, path }) => ({
      schema: schema["propertyNames"],
      path: [...path, "propertyNames"],
    }));
  if (schemas.length === 0) return undefined;
  return writer.values(schemas)
    ?.map((text): unknown => JSON.parse(text))
    .filter((name) => typeof name === "string");
}

function writePair(
  writer: SchemaWriter,
  name: string,
  schemas: readonly Located[],
  from: number,
): void {
  const { builder } = writer;
  const end = builder.end();
  // A name with a lone surrogate cannot be written.
  if (!name.isWellFormed()) return;
  const rule = writer.rule(schemas);
  const key = builder.state();
  builder.text(from, `${JSON.stringify(name)}:`, key);
  builder.call(optionalSpace(builder, key), rule, end);
}

type Builder = SchemaWriter["builder"];

function writeProperty(
  builder: Builder,
  states: readonly (number | undefined)[],
  pair: number,
  isRequired: boolean,
  { most, counted }: Counts,
): (number | undefined)[] {
  const next: (number | undefined)[] = [];
  const nextOf = (count: number) => next[Math.min(count, counted)] ??= builder.state();
  for (const [count, state] of states.entries()) {
    if (state === undefined) continue;
    if (!isRequired) builder.empty(state, nextOf(count));
    if (count >= most) continue;
    builder.call(count === 0 ? state : comma(builder, state), pair, nextOf(count + 1));
  }
  return next;
}

/**
 * Writes properties that the schemas do not name. Several of them may have the same name, so only one counts towards
 * the minimum.
 */
function writeOthers(
  builder: Builder,
  states: readonly (number | undefined)[],
  pair: number,
  { least, most }: Counts,
): number[] {
  const [another, end] = [builder.state(), builder.end()];
  builder.call(comma(builder, another), pair, end);
  return states.flatMap((state, count) => {
    if (state === undefined || count + 1 < least || count >= most) return [];
    const [after, done] = [builder.state(), builder.state()];
    builder.call(count === 0 ? state : comma(builder, state), pair, after);
    const left = most - count - 1;
    builder.loop(after, another, 0, left === Infinity ? undefined : left, done);
    return [done];
  });
}

/** The bounds of the number of properties, without bounds that have no effect. */
function countsOf(
  { report }: SchemaWriter,
  atoms: readonly Atom[],
  names: readonly string[],
  required: ReadonlySet<string>,
  isClosed: boolean,
): Counts {
  const read = (keyword: string, none: number) =>
    atoms.map((atom) => ({
      count: report.attempt(() => countAt(atom, keyword)) ?? none,
      path: [...atom.path, keyword],
    }));
  const least = read("minProperties", 0).reduce((a, b) => b.count > a.count ? b : a);
  const most = read("maxProperties", Infinity).reduce((a, b) => b.count < a.count ? b : a);
  let [atLeast, atMost] = [least.count, most.count];
  if (required.size >= atLeast) atLeast = 0;
  if (isClosed && names.length <= atMost) atMost = Infinity;
  if (!isClosed && atLeast > names.length + 1) {
    report.add(least.path, "it is supported only up to the number of named properties plus one");
    atLeast = names.length + 1;
  }
  const counted = () =>
    Math.max(1, Math.min(atLeast, names.length), atMost === Infinity ? 0 : names.length);
  if (counted() * names.length > MAX_COUNTED) {
    if (atLeast > 1) report.add(least.path, "there are too many properties to count them");
    if (atMost < Infinity) report.add(most.path, "there are too many properties to count them");
    [atLeast, atMost] = [Math.min(atLeast, 1), Infinity];
  }
  return { least: atLeast, most: atMost, counted: counted() };
}

/** Reports `unevaluatedProperties`, which is not supported. */
function reportUnevaluated({ report }: SchemaWriter, atoms: readonly Atom[]): void {
  for (const { schema, path } of atoms) {
    if ("unevaluatedProperties" in schema && schema["unevaluatedProperties"] !== true) {
      report.add([...path, "unevaluatedProperties"], "this keyword is not supported");
    }
  }
}
