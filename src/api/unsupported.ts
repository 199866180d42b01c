import { z } from "zod";

/**
 * A field that the wire format defines and Tern has not built. A value that asks for nothing is taken; any other is
 * refused by name, since ignoring what was asked for would be worse (promise I8).
 *
 * @param neutral The values that ask for nothing. Absent and `null` always do.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 * const request = z.strictObject({ n: unsupported(z.literal(1)) });
 * assert(request.safeParse({}).success);
 * assert(request.safeParse({ n: 1 }).success);
 * assert(!request.safeParse({ n: 2 }).success);
 * ```
 */
export function unsupported<T = never>(neutral: z.ZodType<T> = z.never()) {
  return z.unknown().optional().transform((value, context): T | undefined => {
    if (value === undefined || value === null) return undefined;
    const { success, data } = neutral.safeParse(value);
    if (success) return data;
    context.addIssue({ code: "custom", params: { code: "unsupported_parameter" } });
    return z.NEVER;
  }).meta({ description: "Not supported: refused unless it asks for nothing." });
}

/** An empty list: nothing is asked for. */
export const none = z.array(z.unknown()).max(0);
