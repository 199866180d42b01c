import { headWrites, readHead } from "../conversation/head.ts";
import { chargeWrites } from "../limits/quota.ts";
import { sweepNote } from "../records/blob.ts";
import { UnknownIngestError } from "../records/errors.ts";
import { headKey, ingestKey } from "../records/keys.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { endWrites, findIngest, type Ingest, snapshotName } from "./ingest.ts";

/**
 * Cancels a conversation's ingest, whoever holds its lease. The conversation is left as it was before the ingest.
 *
 * @param wanted decides whether to cancel it
 * @returns whether it was cancelled
 * @throws {UnknownIngestError} if the conversation has no ingest
 */
export async function cancelIngest(
  store: KvStore,
  tenant: string,
  conversation: string,
  wanted: (ingest: Ingest) => boolean,
  options?: StoreOptions,
): Promise<boolean> {
  for (;;) {
    const found = await findIngest(store, tenant, conversation, options);
    if (found === undefined) throw new UnknownIngestError(conversation);
    const { ingest, version } = found;
    if (!wanted(ingest)) return false;
    const { head, version: headVersion } = await readHead(store, tenant, conversation, options);
    const { ok } = await store.commit({
      checks: [
        { key: ingestKey(tenant, conversation), version },
        { key: headKey(tenant, conversation), version: headVersion },
      ],
      writes: [
        ...headWrites(tenant, conversation, head, { ...head, running: null }),
        ...endWrites(tenant, ingest),
        ...chargeWrites(tenant, { responses: -1, bytes: -ingest.reserved }),
      ],
    }, options);
    if (!ok) continue;
    await sweepNote(store, tenant, snapshotName(ingest, 0), options);
    return true;
  }
}
