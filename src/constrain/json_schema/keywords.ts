/** Keywords that limit values, also in earlier drafts, and are never enforced. */
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
const VALUES = ["const", "enum"] as const;

/** Keywords that lead to schemas which hold for the same value. */
export const REFERENCES = ["$ref", "$dynamicRef", "$recursiveRef"] as const;

/** All keywords that limit values. */
const LIMITS = new Set<string>([
  "type",
  "nullable",
  "allOf",
  "anyOf",
  "oneOf",
  // They mean nothing alone.
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

/** Whether a keyword limits nothing: it describes values, gives a name to a schema, or is unknown to JSON Schema. */
export function isAnnotation(keyword: string): boolean {
  return !LIMITS.has(keyword);
}

/** Whether a keyword limits values and is never enforced. */
export function isUnsupported(keyword: string): boolean {
  return UNSUPPORTED.has(keyword);
}

/** Whether a schema limits values by more than the schemas that it leads to. */
export function hasLimits(schema: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(schema).some((keyword) =>
    keyword !== "allOf" && !(REFERENCES as readonly string[]).includes(keyword) &&
    !isAnnotation(keyword)
  );
}
