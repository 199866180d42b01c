/** What brings text is padded to a multiple of so many bytes: more than a word of most languages has. */
const BLOCK = 32;

/** As good as random: whoever can read it needs no lengths to know the text. */
const CHARACTERS = "kX3vQ9mTzR7wLp2NcY5hBf8sJd4gVa6u";

const encoder = new TextEncoder();

/**
 * The field `obfuscation` of an event that brings text. With it the parts of an answer have one length on the network,
 * where only the length can be seen of what is encrypted, and from the lengths of its words one can guess at a text.
 *
 * It depends on nothing but the length, so that an event has the same bytes whenever it is sent.
 *
 * Source: OpenAI API reference, `stream_options.include_obfuscation`.
 *
 * @param parts what differs from event to event, as it is sent: JSON
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const lengths = ["a", "Antidisestablishmentarian", "é"].map((delta) => {
 *   const obfuscation = padding(delta);
 *   return new TextEncoder().encode(JSON.stringify({ delta, obfuscation })).length;
 * });
 * assert.equal(new Set(lengths).size, 1);
 * ```
 */
export function padding(parts: unknown): string {
  const { length } = encoder.encode(JSON.stringify(parts));
  return CHARACTERS.slice(0, Math.ceil(length / BLOCK) * BLOCK - length);
}
