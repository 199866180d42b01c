import { z } from "zod";
import { storedBlobSchema } from "./blob.ts";
import { crc32 } from "./crc32.ts";
import { CorruptSnapshotError } from "./errors.ts";
import { jsonRecord } from "./json_record.ts";

/** A snapshot of a state: its bytes, and how many tokens it has read. */
export const manifestSchema = z.object({
  tokens: z.int().nonnegative(),
  state: storedBlobSchema,
  /** The scores of each possible next token, as float32, where an answer comes next. */
  logits: storedBlobSchema.optional(),
});

/** A stored response, but for what was said: that may be larger than a value, and is a blob. */
export const nodeSchema = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  createdAt: z.number(),
  manifest: z.string(),
  prefix: z.string(),
  log: storedBlobSchema,
  /** Bytes that it counts for. */
  charged: z.int().nonnegative().default(0),
  tokens: z.int().nonnegative(),
  /** Kept only because others need it: no longer there for clients, and cannot be continued. */
  deleted: z.boolean(),
  modelFingerprint: z.string(),
  engineFingerprint: z.string(),
  seed: z.number(),
});

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
});

/** What a conversation is called, and when it was made. */
export const conversationSchema = z.object({
  id: z.string(),
  createdAt: z.number(),
  metadata: jsonRecord(z.string(), z.string()),
  /** What somebody called it. */
  title: z.string().nullable().default(null),

  /** Bytes that it counts for. */
  charged: z.int().nonnegative().default(0),
  /** The conversation that it was forked from, and the one that no fork was before. */
  forkOf: z.object({ parent: z.string(), root: z.string() }).exactOptional(),
});

/** A stored chat completion, but for what was said: that may be larger than a value, and is a blob. */
export const completionSchema = z.object({
  id: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  model: z.string(),
  metadata: jsonRecord(z.string(), z.string()),
  body: storedBlobSchema,
  /** Bytes that it counts for. */
  charged: z.int().nonnegative().default(0),
});

/** Messages with the ids that clients know them by. */
export const itemsSchema = z.array(z.object({ id: z.string(), message: messageSchema }));

/** A message with the id that clients know it by. */
export type Item = z.infer<typeof itemsSchema>[number];

/** Where to find the snapshot of a beginning of a conversation. */
export const prefixSchema = z.object({
  manifest: z.string(),
  /** When it was used last, as it is filed. Absent if the snapshot is that of a stored response. */
  usedAt: z.number().optional(),
});

/** Bytes of the checksum before a record. */
const CHECKSUM_BYTES = 4;

/** A record as bytes: CRC-32 of what follows, 32 bits, little-endian; JSON in UTF-8. */
export function encodeRecord<T>(_schema: z.ZodType<T>, record: T): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(record));
  const bytes = new Uint8Array(CHECKSUM_BYTES + json.length);
  new DataView(bytes.buffer).setUint32(0, crc32(json), true);
  bytes.set(json, CHECKSUM_BYTES);
  return bytes;
}

/**
 * Reads a record back.
 *
 * @param id what to call it in the error
 * @throws {CorruptSnapshotError} if the bytes are not such a record.
 */
export function decodeRecord<T>(schema: z.ZodType<T>, bytes: Uint8Array, id: string): T {
  if (bytes.length < CHECKSUM_BYTES) throw new CorruptSnapshotError(id, "its record is cut off");
  const json = bytes.subarray(CHECKSUM_BYTES);
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (checksum !== crc32(json)) {
    throw new CorruptSnapshotError(id, "its record is damaged: its checksum does not match");
  }
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)));
  } catch (cause) {
    throw new CorruptSnapshotError(id, "its record is none that this version of the server reads", {
      cause,
    });
  }
}
