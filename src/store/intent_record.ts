import { z } from "zod";
import type { Intent } from "./intents.ts";

const bytesSchema = z.codec(z.string(), z.instanceof(Uint8Array<ArrayBuffer>), {
  decode: (text) => Uint8Array.fromBase64(text),
  encode: (bytes) => bytes.toBase64(),
});

const intentSchema = z.object({
  id: z.string(),
  home: z.string(),
  at: z.number(),
  checks: z.array(z.object({
    key: bytesSchema,
    // JSON has no `undefined`.
    version: z.codec(z.string().nullable(), z.string().or(z.undefined()), {
      decode: (version) => version ?? undefined,
      encode: (version) => version ?? null,
    }),
  })),
  writes: z.array(z.object({
    key: bytesSchema,
    value: bytesSchema.exactOptional(),
    add: z.number().exactOptional(),
    expiresAt: z.number().exactOptional(),
  })),
});

/** Bytes of a row at the most: a value of an object has 2 MB. */
const PIECE_BYTES = 1_000_000;

/** Pieces of an intent at the most. */
export const MAX_PIECES = 0xff;

/** An intent as rows of its object keep it. */
export function encodeIntent(intent: Intent): Uint8Array<ArrayBuffer>[] {
  const copy = (bytes: Uint8Array) => new Uint8Array(bytes);
  const record = z.encode(intentSchema, {
    ...intent,
    checks: intent.checks.map(({ key, version }) => ({ key: copy(key), version })),
    writes: intent.writes.map(({ key, value, ...write }) => ({
      ...write,
      key: copy(key),
      ...value === undefined ? {} : { value: copy(value) },
    })),
  });
  // Each ends with a line break, which JSON writes as an escape.
  const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  return Array.from(
    { length: Math.ceil(bytes.length / PIECE_BYTES) },
    (_, index) => bytes.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
}

/** The intents of all rows, in their order. */
export function decodeIntents(pieces: readonly Uint8Array[]): Intent[] {
  const decoder = new TextDecoder();
  const text = pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
  return text.split("\n").filter((line) => line !== "")
    .map((line) => z.decode(intentSchema, JSON.parse(line)));
}
