/** Bytes of randomness in an id: too many to guess, because who knows an id of a tenant can continue it. */
const BYTES = 24;

const PATTERN = /^resp_[0-9a-f]{48}$/;

/**
 * A new id for a response, which nobody can guess.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.ok(isResponseId(newResponseId()));
 * assert.notEqual(newResponseId(), newResponseId());
 * ```
 */
export function newResponseId(): string {
  return `resp_${crypto.getRandomValues(new Uint8Array(BYTES)).toHex()}`;
}

/** Whether a text has the form of a response's id. Whatever else clients send never reaches the store. */
export function isResponseId(text: string): boolean {
  return PATTERN.test(text);
}
