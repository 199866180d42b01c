import { type Refusal, StoreRefusedError } from "./errors.ts";

/**
 * What databases say when they refuse. SQLite's are the texts of its result codes, which Deno KV hands on without the
 * codes; Redis begins its replies with a word.
 *
 * @see https://www.sqlite.org/rescode.html
 */
const REFUSALS: readonly (readonly [RegExp, Refusal])[] = [
  [/database or disk is full|No space left on device|^OOM\b/, "full"],
  [/readonly database|Read-only file system|^READONLY\b/i, "read-only"],
  [/database disk image is malformed|file is not a database/, "damaged"],
  [
    /disk I\/O error|unable to open database file|Too many open files|Input\/output error|^MISCONF\b/,
    "failing",
  ],
];

/**
 * The error that says so, if a database failed because it refuses for now: it is full, read-only or damaged, or cannot use
 * its files.
 *
 * @param database what the operator knows the database by
 * @returns the same error if it is another
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const error = refused(new Error("database or disk is full"), "conversations.db") as Error;
 * assert.equal(error.name, "StoreRefusedError");
 * ```
 */
export function refused(error: unknown, database: string): unknown {
  if (!(error instanceof Error)) return error;
  const found = REFUSALS.find(([message]) => message.test(error.message));
  return found === undefined ? error : new StoreRefusedError(found[1], database, { cause: error });
}
