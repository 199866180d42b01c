/**
 * Formats a duration like OpenAI's `x-ratelimit-reset-*` headers: hours, minutes and seconds without leading zero
 * units.
 *
 * @param ms whole milliseconds
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual([0, 17, 1500, 90_000, 3_600_000].map(toDuration), ["0s", "17ms", "1.5s", "1m30s", "1h0m0s"]);
 * ```
 */
export function toDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${(ms - minutes * 60_000) / 1000}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}
