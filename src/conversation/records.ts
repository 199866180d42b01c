import { z } from "zod";
import { blobSchema } from "./blob.ts";
import { CorruptSnapshotError } from "./errors.ts";

/** A state in the store, and what it has read. */
export const snapshotSchema = z.object({
  state: blobSchema,
  /** Tokens that the state has read in all. */
  tokens: z.int().nonnegative(),
});

/** @see {@linkcode snapshotSchema} */
export type Snapshot = z.infer<typeof snapshotSchema>;

const message = z.object({ role: z.enum(["system", "user", "assistant"]), text: z.string() });

/** What a response added to its conversation. It may be long, so it is a blob of its own. */
export const logSchema = z.object({ messages: z.array(message) });

/** A stored response: a node of the tree of a tenant's conversations. It never changes. */
export const nodeSchema = z.object({
  parent: z.string().nullable(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  /** SHA-256 of the instructions that the state has read before everything else. */
  instructions: z.string().nullable(),
  /** Names all messages that the state has read. */
  prefix: z.string(),
  snapshot: snapshotSchema,
  log: blobSchema,
  /** With the parent's state, these reproduce the answer. */
  engineFingerprint: z.string(),
  seed: z.int(),
});

/** @see {@linkcode nodeSchema} */
export type Node = z.infer<typeof nodeSchema>;

/** The bytes of a record. */
export function encodeRecord(record: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(record));
}

/**
 * Reads a record.
 *
 * @throws {CorruptSnapshotError} if it is not one
 */
export function decodeRecord<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new CorruptSnapshotError(what, "it is no record", { cause });
  }
}
