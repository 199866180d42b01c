import { comma } from "../separators.ts";
import { countAt } from "./keyword_values.ts";
import type { Atom, Located, SchemaPart, SchemaWriter } from "./schema_part.ts";
import { itemSchema, itemSchemas } from "./value_checker.ts";
import { writeUniqueArray } from "./write_unique_array.ts";

/** Writes arrays with the item schemas and length limits of their schemas. */
export function writeArray(writer: SchemaWriter, part: SchemaPart): void {
  const { builder, report } = writer;
  const { from, to } = part;
  const atoms = part.atoms.filter((atom) => report.attempt(() => itemSchemas(atom)) !== undefined);
  const { least, most } = boundsOf(writer, part.atoms);
  const places = Math.max(0, ...atoms.map((atom) => itemSchemas(atom).prefix.length));
  const others = itemsAt(atoms, places);
  if (most > 1 && writeUniqueArray(writer, part, { least, most, places, items: others })) return;
  reportContents(writer, part.atoms, most);

  let at = builder.state();
  builder.text(from, "[", at);
  const close = builder.state();
  builder.text(close, "]", to);
  // Items with their own schemas.
  for (let index = 0; index < places; index++) {
    if (index >= least) builder.empty(at, close);
    if (index >= most) return;
    const next = builder.state();
    const rule = writer.rule(itemsAt(atoms, index));
    builder.call(index === 0 ? at : comma(builder, at), rule, next);
    at = next;
  }
  if (places >= least) builder.empty(at, close);
  if (places >= most) return;
  const rule = writer.rule(others);
  let written = places;
  if (written === 0) {
    const next = builder.state();
    builder.call(at, rule, next);
    at = next;
    written = 1;
  }
  const [another, end] = [builder.state(), builder.end()];
  builder.call(comma(builder, another), rule, end);
  const left = most === Infinity ? undefined : most - written;
  builder.loop(at, another, Math.max(0, least - written), left, close);
}

function itemsAt(atoms: readonly Atom[], index: number): Located[] {
  return atoms.map((atom) => itemSchema(atom, index));
}

function boundsOf({ report }: SchemaWriter, atoms: readonly Atom[]) {
  const read = (keyword: string) =>
    atoms.map((atom) => report.attempt(() => countAt(atom, keyword)));
  return {
    least: Math.max(...read("minItems").map((count) => count ?? 0)),
    most: Math.min(...read("maxItems").map((count) => count ?? Infinity)),
  };
}

/** Reports unenforced constraints of arrays. */
function reportContents({ report }: SchemaWriter, atoms: readonly Atom[], most: number): void {
  for (const { schema, path } of atoms) {
    if (schema["uniqueItems"] === true && most > 1) {
      report.add([...path, "uniqueItems"], "it is supported only if the items are enumerable");
    }
    for (const keyword of ["contains", "unevaluatedItems"]) {
      if (keyword in schema && schema[keyword] !== true) {
        report.add([...path, keyword], "this keyword is not supported");
      }
    }
  }
}
