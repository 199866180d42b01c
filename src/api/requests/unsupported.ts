import { z } from "zod";

/**
 * A field that the wire format defines and Tern has not built, and that only is a hint: the answer is right without it.
 * A value that asks for nothing is taken. Any other is ignored and reported, or refused by name if the server is strict
 * (promise I8).
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
  return unbuilt(neutral, true)
    .meta({ description: "Not supported: without effect. A strict server refuses it." });
}

/**
 * A field that Tern has not built and without which the answer would be wrong: it is always refused unless it asks for
 * nothing.
 *
 * @param neutral The values that ask for nothing. Absent and `null` always do.
 */
export function impossible<T = never>(neutral: z.ZodType<T> = z.never()) {
  return unbuilt(neutral, false)
    .meta({ description: "Not supported: refused unless it asks for nothing." });
}

function unbuilt<T>(neutral: z.ZodType<T>, hint: boolean) {
  return z.unknown().optional().transform((value, context): T | undefined => {
    if (value === undefined || value === null) return undefined;
    const { success, data } = neutral.safeParse(value);
    if (success) return data;
    context.addIssue({ code: "custom", params: { code: "unsupported_parameter", hint } });
    return z.NEVER;
  });
}

/** An empty list: nothing is asked for. */
export const none = z.array(z.unknown()).max(0);
