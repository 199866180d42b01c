/**
 * Reads a stream of bytes to its end.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = await toArrayBuffer(new Blob(["hello"]).stream());
 * assert.equal(bytes.byteLength, 5);
 * ```
 */
export async function toArrayBuffer(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer> {
  const chunks = await Array.fromAsync(stream);
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes.buffer;
}
