/** What SQLite says when another connection writes: the database, a table or the schema is locked. */
const LOCKED = /\bdatabase (table |schema )?is locked\b/;

/** Whether SQLite failed for a lock, so that it may be tried again. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && LOCKED.test(error.message);
}
