import type { Context } from "hono";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { besideId } from "../../records/home.ts";
import { derivedId } from "../answers/derived_id.ts";

/**
 * The id of what a request makes. A retry with the same `Idempotency-Key` uses the same id, and so finds it.
 *
 * @param beside the id of what it is to live with in the store, unless the request has a key
 */
export function idFor(
  c: Context<ApiEnv>,
  { newId }: Pick<ApiPorts, "newId">,
  prefix: string,
  beside = "",
): string {
  return claimedId(c, prefix) ?? besideId(newId(prefix), beside);
}

/** The same, if the request has a key. */
export function claimedId(c: Context<ApiEnv>, prefix: string): string | undefined {
  const claimed = c.get("claimed");
  return claimed && prefix + claimed.id;
}

/** The id of one of several things that a request makes. */
export async function partIdFor(
  c: Context<ApiEnv>,
  { newId }: Pick<ApiPorts, "newId">,
  prefix: string,
  index: number,
): Promise<string> {
  const claimed = c.get("claimed");
  return claimed === undefined
    ? newId(prefix)
    : await derivedId(prefix, `${claimed.id}/${prefix}${index}`);
}

/**
 * Makes what a request asks for, unless an earlier attempt at the same request made it.
 *
 * @param find looks for what was made, by ids that are derived from the claim
 * @param make refuses to make it twice
 */
export async function makeOnce<T>(
  c: Context<ApiEnv>,
  find: () => Promise<T | undefined>,
  make: () => Promise<T>,
): Promise<T> {
  const claimed = c.get("claimed");
  if (claimed === undefined) return await make();
  const made = claimed.again ? await find() : undefined;
  if (made !== undefined) return made;
  try {
    return await make();
  } catch (error) {
    // A commit may be applied and reported as failed, and a slow attempt may have come first.
    const made = await find().catch(() => undefined);
    if (made === undefined) throw error;
    return made;
  }
}

/** What `find` finds, or `undefined` if it throws an error of a class. */
export async function unless<T>(
  unknown: new (...args: never[]) => Error,
  find: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof unknown) return undefined;
    throw error;
  }
}
