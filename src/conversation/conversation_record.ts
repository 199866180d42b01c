import { z } from "zod";
import type { Write } from "../store/kv_store.ts";
import { conversationKey } from "../records/keys.ts";
import { jsonRecord } from "../records/json_record.ts";
import { encodeRecord } from "../records/record.ts";
import { RECORD_BYTES } from "../limits/enforce_quota.ts";

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

/** What a conversation is called, and when it was made. */
export type Conversation = z.infer<typeof conversationSchema>;

/** Bytes that a conversation counts for, less what was added to it. */
export function conversationBytes(
  metadata: Readonly<Record<string, string>>,
  title: string | null = null,
): number {
  const said = JSON.stringify(metadata) + (title ?? "");
  return RECORD_BYTES + new TextEncoder().encode(said).length;
}

/** The write of what a conversation is called, and when it was made. */
export function conversationWrite(
  tenant: string,
  record: z.infer<typeof conversationSchema>,
): Write {
  return {
    key: conversationKey(tenant, record.id),
    value: encodeRecord(conversationSchema, record),
  };
}
