/** Bytes of randomness in an id: guessing one is as hard as guessing a key. */
const BYTES = 24;

/**
 * A new random id: the prefix and 48 hexadecimal digits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.match(randomId("resp_"), /^resp_[0-9a-f]{48}$/);
 * ```
 */
export function randomId(prefix: string): string {
  return prefix + crypto.getRandomValues(new Uint8Array(BYTES)).toHex();
}
