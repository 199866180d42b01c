import { z } from "zod";

/** A message. */
const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant"]),
  text: z.string(),
  tool: z.discriminatedUnion("type", [
    z.object({
      type: z.literal("call"),
      callId: z.string(),
      name: z.string(),
      arguments: z.string(),
    }),
    z.object({ type: z.literal("result"), callId: z.string(), output: z.string() }),
  ]).exactOptional(),
  thoughts: z.string().exactOptional(),
  continues: z.literal(true).exactOptional(),
  ingested: z.object({
    bytes: z.int().nonnegative(),
    tokens: z.int().nonnegative(),
    sha256: z.string().max(64),
  }).optional(),
});

/** What was said in one turn. */
export const logSchema = z.object({
  instructions: z.string().nullable(),
  messages: z.array(messageSchema),
  /** What clients call each of the messages. Empty if they have no names. */
  itemIds: z.array(z.string()),
  /** The tokens that its state has read since the one that it was computed from, as `encodeTokens` writes them. */
  read: z.base64().exactOptional(),
});

/** Messages with the ids that clients know them by. */
export const itemsSchema = z.array(z.object({ id: z.string(), message: messageSchema }));

/** A message with the id that clients know it by. */
export type Item = z.infer<typeof itemsSchema>[number];

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
