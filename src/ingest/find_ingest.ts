import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { isConversationId } from "../records/conversation_id.ts";
import { UnknownConversationError } from "../records/errors.ts";
import { ingestKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import { type Ingest, ingestSchema } from "./ingest.ts";

/** A record as it was read. */
export interface FoundIngest {
  readonly ingest: Ingest;
  readonly version: string;
}

/**
 * The record of the text that is being read into a conversation, if one is.
 *
 * @throws {UnknownConversationError} if the id does not have the form of one.
 */
export async function findIngest(
  store: KvStore,
  tenant: string,
  conversation: string,
  options?: StoreOptions,
): Promise<FoundIngest | undefined> {
  if (!isConversationId(conversation)) throw new UnknownConversationError(conversation);
  const entry = await store.get(ingestKey(tenant, conversation), options);
  return entry && {
    ingest: decodeRecord(ingestSchema, entry.value, conversation),
    version: entry.version,
  };
}
