import type { Fuzz } from "../fuzz.ts";

const NAMES = [
  "a",
  "name",
  "is_ok",
  'quo"te',
  "ключ",
  "b c",
  "nам",
  "",
  "long_property_name",
  "😀",
];
const PATTERNS = [
  "^[a-z]+$",
  "^\\d{3}-\\d{4}$",
  "^(yes|no|maybe)$",
  "ab",
  "^a.c",
  "x?y*$",
  "^[^a-z\\s]{2,4}$",
  '^["\\\\\\n/]+$',
  "^[а-яё]{1,5}|z$",
  "^(?:foo|ba[rz]){1,3}?$",
  "^\\w+@\\w+\\.(?<tld>com|org)$",
  "^[\\u{1F600}-\\u{1F64F}]$",
];
const FORMATS = ["date", "time", "date-time", "email", "hostname", "ipv4", "uri", "uuid"];
const VALUES = [null, true, 0, -1.5, "", "x", 'a"b\\c\n', "é😀", [], [1, "2"], { k: [null] }];

type Json = Record<string, unknown>;

/** A schema of what is supported, at random. */
export function randomSchema(fuzz: Fuzz): Json {
  const $defs: Json = {
    tree: {
      type: "object",
      properties: {
        value: { type: "integer" },
        children: { type: "array", items: { $ref: "#/$defs/tree" }, maxItems: 2 },
      },
      required: ["value", "children"],
      additionalProperties: false,
    },
    list: {
      anyOf: [{ type: "null" }, { type: "array", prefixItems: [{}, { $ref: "#/$defs/list" }] }],
    },
    word: { type: "string", maxLength: 5 },
  };
  return { ...schema(fuzz, 4), $defs };
}

function some<T>(fuzz: Fuzz, values: readonly T[], chance = 0.5): T[] {
  return values.filter(() => fuzz.next() < chance);
}

function maybe(fuzz: Fuzz, fields: Json, chance = 0.5): Json {
  return fuzz.next() < chance ? fields : {};
}

function schema(fuzz: Fuzz, depth: number): Json {
  const simple = ["string", "pattern", "format", "integer", "number", "values", "other", "$ref"];
  const kinds = depth === 0 ? simple : [...simple, "object", "object", "array", "anyOf", "oneOf"];
  switch (fuzz.pick(kinds)) {
    case "string": {
      const least = fuzz.below(4);
      return {
        type: "string",
        ...maybe(fuzz, { minLength: least }),
        ...maybe(fuzz, { maxLength: least + fuzz.below(30) }),
      };
    }
    case "pattern": {
      const pattern = fuzz.pick(PATTERNS);
      const bound = pattern === "^[a-z]+$" ? { minLength: 2, maxLength: 2 + fuzz.below(9) } : {};
      return { type: "string", pattern, ...maybe(fuzz, bound) };
    }
    case "format":
      return { type: "string", format: fuzz.pick(FORMATS) };
    case "integer":
    case "number": {
      const type = fuzz.pick(["integer", "number"]);
      const size = fuzz.pick([1, 20, 1000, 1e6, 1e-3]);
      const at = (fuzz.next() - 0.5) * size;
      const [least, most] = [at, at + 1 + fuzz.next() * size];
      const round = (value: number) =>
        type === "integer" && fuzz.next() < 0.8 ? Math.round(value) : value;
      return {
        type,
        ...maybe(fuzz, { [fuzz.pick(["minimum", "exclusiveMinimum"])]: round(least) }),
        ...maybe(fuzz, { [fuzz.pick(["maximum", "exclusiveMaximum"])]: round(most) + 2 }),
        ...maybe(fuzz, { multipleOf: 1 + fuzz.below(3) }, type === "integer" && size > 1 ? 0.3 : 0),
      };
    }
    case "values":
      return fuzz.next() < 0.3 ? { const: fuzz.pick(VALUES) } : {
        enum: [...some(fuzz, VALUES), fuzz.pick(VALUES)].filter((v, i, a) => a.indexOf(v) === i),
      };
    case "other":
      return fuzz.pick<Json>([
        { type: "boolean" },
        { type: "null" },
        { type: ["string", "null"] },
        { type: ["integer", "boolean"], minimum: 3 },
        {},
        { description: "anything", default: 1 },
        { type: "object" },
        { type: "array" },
      ]);
    case "$ref":
      return { $ref: fuzz.pick(["#/$defs/tree", "#/$defs/list", "#/$defs/word"]) };
    case "object": {
      const names = some(fuzz, NAMES, 0.4);
      const properties = Object.fromEntries(
        names.map((name) => [name, schema(fuzz, depth - 1)]),
      );
      return {
        type: "object",
        properties,
        ...maybe(fuzz, { required: some(fuzz, names) }),
        ...maybe(fuzz, {
          additionalProperties: fuzz.pick([false, true, { type: "integer" }]),
        }),
      };
    }
    case "array": {
      const least = fuzz.below(3);
      const prefixItems = Array.from({ length: fuzz.below(3) }, () => schema(fuzz, depth - 1));
      return {
        type: "array",
        ...maybe(fuzz, { items: schema(fuzz, depth - 1) }, 0.8),
        ...maybe(fuzz, { prefixItems }, prefixItems.length > 0 ? 0.4 : 0),
        ...maybe(fuzz, { minItems: least }),
        ...maybe(fuzz, { maxItems: least + fuzz.below(4) }),
      };
    }
    case "anyOf":
      return { anyOf: Array.from({ length: 1 + fuzz.below(3) }, () => schema(fuzz, depth - 1)) };
    default:
      return {
        oneOf: ["one", "two"].map((kind) => ({
          type: "object",
          properties: { kind: { const: kind }, value: schema(fuzz, depth - 1) },
          required: ["kind"],
          additionalProperties: false,
        })),
      };
  }
}
