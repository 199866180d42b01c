import { SchemaError } from "../errors.ts";
import { comma } from "../separators.ts";
import { asList, countAt } from "./keyword_values.ts";
import type { SchemaPart, SchemaWriter } from "./schema_part.ts";

/** Writes arrays of the items and the length of a schema. */
export function writeArray(writer: SchemaWriter, part: SchemaPart): void {
  const { builder } = writer;
  const { schema, path, from, to } = part;
  const least = countAt(part, "minItems") ?? 0;
  const most = countAt(part, "maxItems") ?? Infinity;
  const prefix = "prefixItems" in schema
    ? asList(schema["prefixItems"], [...path, "prefixItems"])
    : [];
  if (Array.isArray(schema["items"])) {
    throw new SchemaError([...path, "items"], "a list is not supported: name it 'prefixItems'");
  }
  const items = schema["items"] ?? true;

  let at = builder.state();
  builder.text(from, "[", at);
  const close = builder.state();
  builder.text(close, "]", to);
  // Item after item, as far as they have schemas of their own.
  for (const [index, item] of prefix.entries()) {
    if (index >= least) builder.empty(at, close);
    if (index >= most) return;
    const next = builder.state();
    const rule = writer.rule(item, [...path, "prefixItems", index]);
    builder.call(index === 0 ? at : comma(builder, at), rule, next);
    at = next;
  }
  if (prefix.length >= least) builder.empty(at, close);
  if (prefix.length >= most || items === false) return;
  const rule = writer.rule(items, [...path, "items"]);
  let written = prefix.length;
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
