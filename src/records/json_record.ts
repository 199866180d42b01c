import { z } from "zod";

type Json = z.core.JSONSchema.BaseSchema;

/** How the JSON Schema descriptions of {@linkcode jsonRecord} call it. */
const OBJECT = { type: "object" } as const satisfies Json;

/**
 * An object whose keys are the sender's. Unlike `z.record` it keeps the key `__proto__`, as `JSON.parse` does.
 *
 * @param key what each key must be
 * @param value what each value must be
 * @param described the keywords of JSON Schema that say the same, besides `type`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 * const record = jsonRecord(z.string(), z.string());
 * assert.equal(JSON.stringify(record.parse(JSON.parse('{"__proto__":"a"}'))), '{"__proto__":"a"}');
 * assert(!record.safeParse({ a: 1 }).success);
 * ```
 */
export function jsonRecord<V>(key: z.ZodType<string>, value: z.ZodType<V>, described: Json = {}) {
  const checked = z.custom<Readonly<Record<string, V>>>().meta({ ...OBJECT, ...described });
  return z.preprocess((input, context): unknown => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      context.addIssue({ code: "invalid_type", expected: "record", input });
      return z.NEVER;
    }
    return Object.fromEntries(
      Object.entries(input).map(([name, item]) => [
        parsed(key, name, (issue) => {
          context.addIssue({
            code: "invalid_key",
            origin: "record",
            issues: [issue],
            path: [name],
            input: name,
          });
        }),
        parsed(value, item, (issue) => {
          context.addIssue({ ...issue, path: [name, ...issue.path] });
        }),
      ]),
    );
  }, checked);
}

/** Parses a part with a schema, and reports its first issue. */
function parsed<T>(
  schema: z.ZodType<T>,
  part: unknown,
  report: (issue: z.core.$ZodIssue) => void,
): T {
  const result = schema.safeParse(part, { reportInput: true, jitless: true });
  if (result.success) return result.data;
  report(result.error.issues[0]!);
  return z.NEVER;
}
