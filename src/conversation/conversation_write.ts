import type { z } from "zod";
import type { Write } from "../store/kv_store.ts";
import { conversationKey } from "../records/keys.ts";
import { conversationSchema, encodeRecord } from "../records/record.ts";
import { RECORD_BYTES } from "../limits/enforce_quota.ts";

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
