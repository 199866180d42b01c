import { toText } from "./to_text.ts";

/**
 * Reads a stream of strings or UTF-8 bytes to its end and parses it as JSON.
 *
 * @throws {SyntaxError} If the text is not JSON.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(await toJson(ReadableStream.from(["[1, ", "2]"])), [1, 2]);
 * ```
 */
export async function toJson(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): Promise<unknown> {
  return JSON.parse(await toText(stream));
}
