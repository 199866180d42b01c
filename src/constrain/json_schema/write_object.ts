import { SchemaError } from "../errors.ts";
import { comma, optionalSpace } from "../separators.ts";
import { namesAt, objectAt } from "./keyword_values.ts";
import type { SchemaPart, SchemaWriter } from "./schema_part.ts";

/** Writes objects of the properties of a schema, in its order. */
export function writeObject(writer: SchemaWriter, part: SchemaPart): void {
  const { builder, strings } = writer;
  const { schema, path, from, to } = part;
  const properties = objectAt(part, "properties");
  const required = new Set(namesAt(part, "required"));
  const names = new Set([...Object.keys(properties), ...required]);
  // What nobody speaks of is left out, unless nothing is said at all.
  const additional = schema["additionalProperties"] ?? (names.size > 0 ? undefined : true);

  // In `first` nothing was written yet, in `later` a comma comes before the next property.
  let first = builder.state();
  let later = builder.state();
  builder.text(from, "{", first);
  for (const name of names) {
    const rule = Object.hasOwn(properties, name)
      ? writer.rule(properties[name], [...path, "properties", name])
      : writer.rule(additional ?? true, [...path, "additionalProperties"]);
    if (!name.isWellFormed()) {
      throw new SchemaError([...path, "properties"], "a name has half of a surrogate pair");
    }
    const [pair, pairEnd, key] = [builder.state(), builder.end(), builder.state()];
    builder.text(pair, `${JSON.stringify(name)}:`, key);
    builder.call(optionalSpace(builder, key), rule, pairEnd);
    const [nextFirst, nextLater] = [builder.state(), builder.state()];
    builder.call(first, pair, nextLater);
    builder.call(comma(builder, later), pair, nextLater);
    if (!required.has(name)) {
      builder.empty(first, nextFirst);
      builder.empty(later, nextLater);
    }
    first = nextFirst;
    later = nextLater;
  }
  if (additional !== undefined && additional !== false) {
    const rule = writer.rule(additional, [...path, "additionalProperties"]);
    const [pair, pairEnd] = [builder.state(), builder.end()];
    const [colon, key] = [builder.state(), builder.state()];
    strings.except(pair, [...names], colon);
    builder.text(colon, ":", key);
    builder.call(optionalSpace(builder, key), rule, pairEnd);
    builder.call(first, pair, later);
    const [another, anotherEnd, done] = [builder.state(), builder.end(), builder.state()];
    builder.call(comma(builder, another), pair, anotherEnd);
    builder.loop(later, another, 0, undefined, done);
    later = done;
  }
  builder.text(first, "}", to);
  builder.text(later, "}", to);
}
