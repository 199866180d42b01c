/**
 * The note that the model reads in place of a part of a message that it cannot see, an image say.
 *
 * @param type the type of the part, as its API calls it
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(leftOutNote("input_image"), "[image left out]");
 * assert.equal(leftOutNote("image_url"), "[image left out]");
 * ```
 */
export function leftOutNote(type: string): string {
  const name = type.replace(/^input_|_url$/g, "").replace(/\W/g, "_").slice(0, 40);
  return `[${name} left out]`;
}
