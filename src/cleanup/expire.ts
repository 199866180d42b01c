import { Conversations } from "../conversation/conversations.ts";
import { readHead } from "../conversation/head.ts";
import { cancelIngest } from "../ingest/cancel_ingest.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Quotas } from "../limits/quota.ts";
import {
  ConversationBusyError,
  UnknownCompletionError,
  UnknownConversationError,
  UnknownIngestError,
} from "../records/errors.ts";
import { BORN, bornKey, bornPrefix, runKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import { type OnSweepError, sweepOne, tenantsOf } from "../records/sweep.ts";
import { CompletionStore } from "../response/completion_store.ts";
import type { Check, Entry, KvStore, StoreOptions } from "../store/kv_store.ts";
import { deleteResponse } from "../tree/remove.ts";
import { runSchema } from "../tree/run.ts";

/** Dependencies of {@linkcode expire}. */
export interface ExpireParts {
  readonly store: KvStore;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly quotas: Quotas;
}

/**
 * Deletes data older than its tenant's time to live: responses and chat completions by creation time, conversations by
 * the time of their last change, together with responses that nothing else references. It works like a deletion by the
 * tenant, so responses that others continue stay readable for those. Running responses are skipped until they have
 * ended; abandoned ingests are cancelled.
 */
export async function expire(
  parts: ExpireParts,
  onError: OnSweepError,
  options?: StoreOptions,
): Promise<void> {
  const { store, now, quotas } = parts;
  for await (const tenant of tenantsOf(store, BORN, options)) {
    const { ageMs } = quotas(tenant);
    if (ageMs === Infinity) continue;
    for await (const entry of store.list(bornPrefix(tenant), options)) {
      const [time = "", kind, id = ""] = entry.key.slice(bornPrefix(tenant).length);
      if (Number(time) + ageMs > now()) break;
      await sweepOne(onError, () => {
        return kind === "response"
          ? expireResponse(parts, tenant, id, entry, options)
          : kind === "completion"
          ? expireCompletion(parts, tenant, id, entry, options)
          : expireConversation(parts, tenant, id, entry, ageMs, options);
      });
    }
  }
}

async function expireResponse(
  { store }: ExpireParts,
  tenant: string,
  id: string,
  { key }: Entry,
  options: StoreOptions | undefined,
): Promise<void> {
  const run = await store.get(runKey(tenant, id), options);
  if (run === undefined) await store.commit({ writes: [{ key, delete: true }] }, options);
  else if (decodeRecord(runSchema, run.value, id).end !== null) {
    await deleteResponse(store, tenant, id, options);
  }
}

async function expireCompletion(
  parts: ExpireParts,
  tenant: string,
  id: string,
  { key }: Entry,
  options: StoreOptions | undefined,
): Promise<void> {
  try {
    await new CompletionStore(parts).delete(tenant, id, options);
  } catch (error) {
    if (!(error instanceof UnknownCompletionError)) throw error;
    await parts.store.commit({ writes: [{ key, delete: true }] }, options);
  }
}

async function expireConversation(
  { store, now, quotas }: ExpireParts,
  tenant: string,
  id: string,
  entry: Entry,
  ageMs: number,
  options: StoreOptions | undefined,
): Promise<void> {
  try {
    const { head: { changedAt, running } } = await readHead(store, tenant, id, options);
    if (running !== null) {
      const cancelled = await cancelAbandonedIngest(store, tenant, id, now() - ageMs, options);
      if (!cancelled) return;
    }
    if (changedAt + ageMs > now()) {
      return await refile(store, tenant, id, entry, changedAt, options);
    }
    await new Conversations({ store, now, quotas }).delete(tenant, id, options);
    // `delete` removes the entry of the creation time; this one may be from `refile`.
    await store.commit({ writes: [{ key: entry.key, delete: true }] }, options);
  } catch (error) {
    if (error instanceof UnknownConversationError) {
      await store.commit({ writes: [{ key: entry.key, delete: true }] }, options);
    } else if (!(error instanceof ConversationBusyError)) throw error;
  }
}

/**
 * Cancels an abandoned ingest, which would keep its conversation busy for ever.
 *
 * @param before cancels an ingest whose lease expired before this time, in milliseconds since the epoch
 * @returns whether it was cancelled, so that the conversation is no longer busy
 */
async function cancelAbandonedIngest(
  store: KvStore,
  tenant: string,
  conversation: string,
  before: number,
  options: StoreOptions | undefined,
): Promise<boolean> {
  try {
    const tooOld = ({ expiresAt }: Ingest) => expiresAt <= before;
    return await cancelIngest(store, tenant, conversation, tooOld, options);
  } catch (error) {
    // The conversation is busy with a response.
    if (error instanceof UnknownIngestError) return false;
    throw error;
  }
}

/** Moves a conversation's entry in the expiry index to the time of its last change. */
async function refile(
  store: KvStore,
  tenant: string,
  id: string,
  entry: Check,
  changedAt: number,
  options: StoreOptions | undefined,
): Promise<void> {
  const key = bornKey(tenant, changedAt, "conversation", id);
  await store.commit({
    checks: [entry],
    writes: [{ key: entry.key, delete: true }, { key, value: new Uint8Array() }],
  }, options);
}
