/** Keywords that describe values and do not limit them. */
const ANNOTATIONS = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  // Names and places of schemas, which the compiler reads where a reference leads.
  "$schema",
  "$vocabulary",
  "$comment",
  "$id",
  "id",
  "$anchor",
  "$dynamicAnchor",
  "$recursiveAnchor",
  "$defs",
  "definitions",
  // They mean nothing without the keywords beside which they stand.
  "then",
  "else",
  "minContains",
  "maxContains",
  "additionalItems",
  // OpenAPI, and what editors and form builders read.
  "example",
  "discriminator",
  "xml",
  "externalDocs",
  "enumDescriptions",
  "enumNames",
  "markdownDescription",
  "markdownEnumDescriptions",
  "defaultSnippets",
  "errorMessage",
  "deprecationMessage",
  "tsType",
]);

/** Whether a keyword limits nothing. */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || keyword.startsWith("x-");
}

/** The keywords that limit values of a type. */
export const TYPE_KEYWORDS = {
  object: [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
  ],
  array: [
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "unevaluatedItems",
  ],
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
} as const;

/** Keywords that list values. */
export const VALUES = ["const", "enum"] as const;

/** Keywords that lead to schemas which hold for the same value. */
export const REFERENCES = ["$ref", "$dynamicRef", "$recursiveRef"] as const;

const KNOWN = new Set<string>([
  "type",
  "nullable",
  "allOf",
  "anyOf",
  "oneOf",
  ...VALUES,
  ...REFERENCES,
  ...Object.values(TYPE_KEYWORDS).flat(),
]);

/** Whether a keyword limits values, and is one that the compiler reads. */
export function isKnown(keyword: string): boolean {
  return KNOWN.has(keyword);
}

/** Whether a schema limits values by more than the schemas that it leads to. */
export function hasLimits(schema: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(schema).some((keyword) =>
    keyword !== "allOf" && !(REFERENCES as readonly string[]).includes(keyword) &&
    !isAnnotation(keyword)
  );
}
