import { z } from "zod";
import { RECORD_BYTES } from "../limits/quota.ts";
import { jsonRecord } from "../records/json_record.ts";
import { conversationKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import type { Write } from "../store/kv_store.ts";

/** A conversation's metadata and time of creation. */
export const conversationSchema = z.object({
  id: z.string(),
  createdAt: z.number(),
  metadata: jsonRecord(z.string(), z.string()),
  /** The title that a client set. */
  title: z.string().nullable().default(null),

  /** Bytes that it counts towards the quota. */
  charged: z.int().nonnegative().default(0),
  /** If it is a fork: the conversation it was forked from, and the root of the chain of forks. */
  forkOf: z.object({ parent: z.string(), root: z.string() }).exactOptional(),
});

/** A conversation's metadata and time of creation. */
export type Conversation = z.infer<typeof conversationSchema>;

/** Bytes that a conversation counts towards the quota, without its items. */
export function conversationBytes(
  metadata: Readonly<Record<string, string>>,
  title: string | null = null,
): number {
  const said = JSON.stringify(metadata) + (title ?? "");
  return RECORD_BYTES + new TextEncoder().encode(said).length;
}

/** The write of a conversation's record. */
export function conversationWrite(
  tenant: string,
  record: z.infer<typeof conversationSchema>,
): Write {
  return {
    key: conversationKey(tenant, record.id),
    value: encodeRecord(conversationSchema, record),
  };
}
