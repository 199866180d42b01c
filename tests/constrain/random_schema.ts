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
  "^\\p{Lu}\\p{Ll}{2,5}$",
  "\\bword\\b",
  "^(?=.*[A-Z])(?=.*\\d).{4,6}$",
  "^(?!foo)[fo]{3,4}$",
  "(^|,)a(,|$)",
];
const FORMATS = [
  "date",
  "time",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "uuid",
  "json-pointer",
  "relative-json-pointer",
  "byte",
];
const NAME_PATTERNS = ["^x-", "^[a-z]{1,3}$", "n", "^.?$", "\\d$"];
const VALUES = [null, true, 0, -1.5, "", "x", 'a"b\\c\n', "é😀", [], [1, "2"], { k: [null] }];

const REFERENCES = [
  "#/$defs/tree",
  "#/$defs/list",
  "#/$defs/word",
  "#named",
  "https://example.com/other",
];

type Json = Record<string, unknown>;

/** A random schema of supported keywords. */
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
    named: { $anchor: "named", type: "object", properties: { a: {}, name: { type: "string" } } },
    other: {
      $id: "https://example.com/other",
      type: "array",
      items: { anyOf: [{ $ref: "#/$defs/leaf" }, { $ref: "other" }] },
      maxItems: 2,
      $defs: { leaf: { type: "null" } },
    },
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
  const simple = [
    "string",
    "pattern",
    "format",
    "integer",
    "number",
    "step",
    "values",
    "unique",
    "other",
    "$ref",
  ];
  const nested = [
    "object",
    "object",
    "map",
    "counted",
    "dependent",
    "array",
    "anyOf",
    "oneOf",
    "either",
    "allOf",
    "beside",
  ];
  const kinds = depth === 0 ? simple : [...simple, ...nested];
  switch (fuzz.pick(kinds)) {
    case "string": {
      const least = fuzz.below(4);
      return {
        type: "string",
        ...maybe(fuzz, { minLength: least }),
        ...maybe(fuzz, { maxLength: least + fuzz.below(30) }),
        ...maybe(fuzz, { nullable: true }, 0.2),
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
    case "step": {
      const multipleOf = fuzz.pick([0.01, 0.25, 0.5, 1.5, 0.001, 3, 7]);
      const minimum = fuzz.pick([-10, 0, 0.25, 100]);
      return {
        type: fuzz.pick(["number", "integer"]),
        multipleOf,
        ...maybe(fuzz, { minimum }),
        ...maybe(fuzz, { exclusiveMaximum: minimum + 50 }),
      };
    }
    case "unique": {
      const values = [...some(fuzz, VALUES), ..."abcdefg".slice(0, fuzz.below(8))];
      return {
        type: "array",
        uniqueItems: true,
        items: fuzz.pick<Json>([{ enum: [...values, "z"] }, { type: ["boolean", "null"] }]),
        ...maybe(fuzz, { minItems: fuzz.below(3) }),
        ...maybe(fuzz, { maxItems: 2 + fuzz.below(3) }),
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
        { type: "integer", format: "int32" },
        { enum: [1, "a", "bcd", null], minLength: 2, not: { type: "null" } },
      ]);
    case "$ref":
      return { $ref: fuzz.pick(REFERENCES) };
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
    case "map": {
      const patterns = some(fuzz, NAME_PATTERNS, 0.4);
      return {
        type: "object",
        ...maybe(fuzz, { properties: { a: {}, name: schema(fuzz, 0) } }),
        ...maybe(fuzz, {
          patternProperties: Object.fromEntries(
            patterns.map((pattern) => [pattern, schema(fuzz, depth - 1)]),
          ),
        }),
        ...maybe(fuzz, {
          propertyNames: fuzz.pick<Json>([
            { type: "string" },
            { pattern: "^[^q]*$", maxLength: 6 },
            { minLength: 1 },
            { enum: ["a", "x-1", "b c"] },
          ]),
        }),
        ...maybe(fuzz, { additionalProperties: fuzz.pick<unknown>([false, schema(fuzz, 0)]) }),
      };
    }
    case "counted": {
      const names = some(fuzz, NAMES, 0.5);
      const least = fuzz.below(4);
      return {
        type: "object",
        properties: Object.fromEntries(names.map((name) => [name, schema(fuzz, 0)])),
        ...maybe(fuzz, { required: some(fuzz, names, 0.3) }),
        ...maybe(fuzz, { minProperties: Math.min(least, names.length + 1) }),
        ...maybe(fuzz, { maxProperties: least + fuzz.below(3) }),
        ...maybe(fuzz, { additionalProperties: schema(fuzz, 0) }),
      };
    }
    case "dependent":
      return {
        type: "object",
        properties: { a: schema(fuzz, depth - 1), b: {}, c: schema(fuzz, 0) },
        ...maybe(fuzz, { dependentRequired: { a: ["b"], b: some(fuzz, ["a", "c", "d"]) } }),
        ...maybe(fuzz, {
          dependentSchemas: { c: { properties: { b: { type: "string" } }, required: ["b"] } },
        }),
        ...maybe(fuzz, { additionalProperties: false }),
      };
    case "either":
      return {
        oneOf: [
          { type: "object", properties: { a: schema(fuzz, depth - 1), b: {} }, required: ["a"] },
          { type: "object", properties: { c: schema(fuzz, 0), b: {} }, required: ["c"] },
          fuzz.pick<Json>([{ type: "string" }, { enum: [1, [2], "x"] }, { type: "integer" }]),
        ],
      };
    case "allOf": {
      const some = () => ({
        type: "object",
        properties: Object.fromEntries(
          ["a", "b", "name"].filter(() => fuzz.next() < 0.6)
            .map((name) => [name, fuzz.next() < 0.4 ? {} : schema(fuzz, depth - 1)]),
        ),
        ...maybe(fuzz, { required: [fuzz.pick(["a", "b"])] }),
        ...maybe(fuzz, { additionalProperties: schema(fuzz, 0) }, 0.2),
      });
      const reference = { $ref: "#named" };
      return { allOf: [some(), fuzz.pick([some(), reference])], ...maybe(fuzz, some(), 0.3) };
    }
    case "beside":
      return {
        type: "object",
        properties: { a: {}, b: { type: ["string", "integer"] } },
        [fuzz.pick(["anyOf", "oneOf"])]: [
          { properties: { b: { type: "string" } }, required: ["b"] },
          { properties: { b: { minimum: 3, type: "integer" } }, required: ["b"] },
          { maxProperties: 0 },
        ],
      };
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
