/** Between digits, if three follow: `1,250` and `1'250` are 1250. */
const DIGIT_GROUP_SEPARATOR = /(?<=\d)[,'\u2019\u00a0\u2009\u202f](?=\d{3}(?!\d))/g;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** The words of a text, in lower case, without punctuation; numbers without separators. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFC").toLowerCase().replace(DIGIT_GROUP_SEPARATOR, "");
  return plain.match(WORD) ?? [];
}

/**
 * Whether a reply has the words of a value, one after the other.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.ok(containsValue("Your dog is called Max!", "max"));
 * assert.ok(!containsValue("Your dog is called Maxine!", "max"));
 * ```
 */
export function containsValue(reply: string, value: string): boolean {
  // Spaces at both ends keep the words whole.
  const spaced = (text: string) => ` ${wordsOf(text).join(" ")} `;
  return spaced(reply).includes(spaced(value));
}
