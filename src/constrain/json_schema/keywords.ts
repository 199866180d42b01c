/** Constraints, of this and earlier drafts, that are never enforced. */
const UNSUPPORTED = new Set([
  "not",
  "if",
  "contains",
  "propertyDependencies",
  "unevaluatedItems",
  "unevaluatedProperties",
  "extends",
  "disallow",
  "divisibleBy",
]);

/** The keywords that constrain values of a type. */
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

/** Keywords that enumerate values. */
const VALUES = ["const", "enum"] as const;

/** Keywords that refer to another schema for the same value. */
export const REFERENCES = ["$ref", "$dynamicRef", "$recursiveRef"] as const;

/** All keywords that constrain values. */
const LIMITS = new Set<string>([
  "type",
  "nullable",
  "allOf",
  "anyOf",
  "oneOf",
  // These have no effect on their own.
  "additionalItems",
  "then",
  "else",
  "minContains",
  "maxContains",
  ...UNSUPPORTED,
  ...VALUES,
  ...REFERENCES,
  ...Object.values(TYPE_KEYWORDS).flat(),
]);

/** Whether a keyword does not constrain values: an annotation, a name of a schema, or an unknown keyword. */
export function isAnnotation(keyword: string): boolean {
  return !LIMITS.has(keyword);
}

/** Whether a keyword constrains values but is never enforced. */
export function isUnsupported(keyword: string): boolean {
  return UNSUPPORTED.has(keyword);
}

/** Whether a schema itself constrains values, apart from references and `allOf`. */
export function hasLimits(schema: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(schema).some((keyword) =>
    keyword !== "allOf" && !(REFERENCES as readonly string[]).includes(keyword) &&
    !isAnnotation(keyword)
  );
}
