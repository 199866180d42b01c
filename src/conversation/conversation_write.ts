import type { z } from "zod";
import type { Write } from "../store/kv_store.ts";
import { conversationKey } from "./keys.ts";
import { conversationSchema, encodeRecord } from "./records.ts";

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
