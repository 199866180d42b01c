/** Bits of a token in each byte of the log. The highest bit says that another byte follows. */
const BITS = 7;
const MORE = 1 << BITS;

/**
 * Tokens as text: LEB128, and that in base64. Two to four characters a token.
 *
 * @see https://en.wikipedia.org/wiki/LEB128
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(encodeTokens([1, 300]), "AawC");
 * assert.deepEqual(decodeTokens("AawC"), [1, 300]);
 * ```
 */
export function encodeTokens(tokens: readonly number[]): string {
  const bytes: number[] = [];
  for (let token of tokens) {
    for (; token >= MORE; token >>>= BITS) bytes.push(token % MORE + MORE);
    bytes.push(token);
  }
  return Uint8Array.from(bytes).toBase64();
}

/**
 * Reads back what {@linkcode encodeTokens} wrote.
 *
 * @throws {SyntaxError} if it is not base64
 */
export function decodeTokens(text: string): number[] {
  const tokens: number[] = [];
  let [token, shift] = [0, 0];
  for (const byte of Uint8Array.fromBase64(text)) {
    token += byte % MORE * 2 ** shift;
    shift += BITS;
    if (byte >= MORE) continue;
    tokens.push(token);
    [token, shift] = [0, 0];
  }
  return tokens;
}
