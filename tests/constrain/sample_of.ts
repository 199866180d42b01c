type Json = Record<string, unknown>;

/** Texts that match the patterns and formats of random schemas. */
const TEXTS = [
  "abc",
  "a",
  "ab",
  "555-1234",
  "yes",
  "aXc",
  "xy",
  "XY",
  '"/',
  "где",
  "foo",
  "ab@cd.com",
  "😀",
  "Abcd",
  "a word",
  "Ab12",
  "ooo",
  "a,",
  "2024-02-29",
  "23:59:59Z",
  "2024-02-29T23:59:59Z",
  "P1Y",
  "a@b.org",
  "127.0.0.1",
  "::1",
  "https://example.com/a",
  "123e4567-e89b-12d3-a456-426614174000",
  "/a",
  "0",
  "aGk=",
  "abcdefghijklmnopqrstuvwxyzabcdef",
  "",
];
const NUMBERS = [0, 1, 3, 7, 21, 60, 12, 100, 105, -3, 0.5, 2.25, 1e6, -1e6];

/** No sample was found. */
export class NoSampleError extends Error {
  override readonly name = "NoSampleError";
}

/**
 * A typical value for a schema, which the schema may or may not allow: properties in the order of the schema, texts and
 * numbers from a list.
 *
 * @param allows whether a nested schema allows a value
 * @throws {NoSampleError}
 */
export function sampleOf(
  schema: unknown,
  root: Json,
  allows: (schema: unknown, value: unknown) => boolean,
  depth = 0,
): unknown {
  const of = (inner: unknown) => sampleOf(inner, root, allows, depth + 1);
  if (typeof schema === "boolean" || depth > 8) return null;
  const keywords = schema as Json;
  const { type, $ref, anyOf, oneOf, allOf, properties, additionalProperties } = keywords;
  if ("const" in keywords) return keywords["const"];
  if (Array.isArray(keywords["enum"])) {
    return keywords["enum"].find((value) => allows(schema, value));
  }
  if (typeof $ref === "string") {
    const defs = root["$defs"] as Json;
    const name = { "#named": "named", "https://example.com/other": "other" }[$ref] ?? $ref;
    // Definitions that the root lacks are nested in one of its definitions.
    return of(defs[name.replace("#/$defs/", "")] ?? { type: "null" });
  }
  const branches = (anyOf ?? oneOf) as unknown[] | undefined;
  if (branches && properties === undefined) {
    const samples = branches.map(of);
    // A sample must be allowed by its own branch: others may allow it only because they do not name its properties.
    const found = samples.findIndex((sample, i) => allows(branches[i], sample));
    if (found === -1) throw new NoSampleError();
    return samples[found];
  }
  if (allOf) return Object.assign({}, ...[...allOf as unknown[]].map(of));
  const types = [type ?? "object"].flat();
  if (types.includes("null")) return null;
  if (types.includes("boolean")) return true;
  if (types.includes("object")) {
    const entries: [string, unknown][] = Object.entries((properties ?? {}) as Json).map((
      [name, value],
    ) => [name, of(value)]);
    if (additionalProperties) entries.push(["other", of(additionalProperties)]);
    const all = Object.fromEntries(entries);
    if (allows(schema, all)) return all;
    const required = (keywords["required"] ?? []) as string[];
    return Object.fromEntries(entries.filter(([name]) => required.includes(name)));
  }
  if (types.includes("array")) {
    const prefix = (keywords["prefixItems"] ?? []) as unknown[];
    const length = Math.max(1, Number(keywords["minItems"] ?? 0));
    return Array.from({ length }, (_, i) => of(prefix[i] ?? keywords["items"] ?? true));
  }
  return [...TEXTS, ...NUMBERS].find((value) => allows(schema, value));
}
