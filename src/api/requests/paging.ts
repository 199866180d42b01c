import { z } from "zod";
import { InvalidRequestError } from "../errors/errors.ts";

/** How a list is asked for. Source: OpenAI API reference, lists of items. */
export const pageQuery = z.strictObject({
  limit: z.string().regex(/^\d{1,3}$/).transform(Number).pipe(z.int().min(1).max(100)).optional(),
  order: z.enum(["asc", "desc"]).optional(),
  after: z.string().max(128).optional(),
});

/** How a list is asked for. */
export type PageQuery = z.infer<typeof pageQuery>;

/** Items on a page, unless said otherwise. */
const LIMIT = 20;

/**
 * One page of a list, in OpenAI's form.
 *
 * @param items all of them, oldest first
 * @throws {InvalidRequestError} if `after` is none of them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const items = [{ id: "a" }, { id: "b" }, { id: "c" }];
 * const page = paged(items, { order: "asc", after: "a", limit: 1 });
 * assert.deepEqual(page.data, [{ id: "b" }]);
 * assert.equal(page.has_more, true);
 * ```
 */
export function paged<T extends { readonly id: string }>(
  items: readonly T[],
  { limit = LIMIT, order = "desc", after }: PageQuery,
) {
  const ordered = order === "asc" ? items : items.toReversed();
  const at = after === undefined ? -1 : ordered.findIndex(({ id }) => id === after);
  if (after !== undefined && at < 0) {
    throw new InvalidRequestError(
      "Invalid 'after': there is no such item.",
      "after",
      "invalid_value",
    );
  }
  const data = ordered.slice(at + 1, at + 1 + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: at + 1 + limit < ordered.length,
  };
}
