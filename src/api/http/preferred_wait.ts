/** The preference `wait` among others. */
const WAIT = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i;

/**
 * Milliseconds that a request is ready to wait, by its header `Prefer: wait=SECONDS` (RFC 7240, section 4.3).
 *
 * @param most milliseconds at the most
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(preferredWait("respond-async, wait=10", 60_000), 10_000);
 * assert.equal(preferredWait("wait=100", 60_000), 60_000);
 * assert.equal(preferredWait(undefined, 60_000), 0);
 * ```
 */
export function preferredWait(prefer: string | undefined, most: number): number {
  const seconds = WAIT.exec(prefer ?? "")?.[1] ?? "0";
  return Math.min(most, Number(seconds) * 1000);
}
