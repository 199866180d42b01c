import type { Check, Entry, KvStore, StoreOptions } from "../store/kv_store.ts";
import { CompletionStore } from "../response/completion_store.ts";
import { Conversations } from "../conversation/conversations.ts";
import {
  ConversationBusyError,
  UnknownCompletionError,
  UnknownConversationError,
  UnknownIngestError,
} from "../records/errors.ts";
import { readHead } from "../conversation/head.ts";
import { cancelIngest } from "../ingest/cancel_ingest.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { BORN, bornKey, bornPrefix, runKey } from "../records/keys.ts";
import type { Quotas } from "../limits/quota.ts";
import { decodeRecord } from "../records/record.ts";
import { deleteResponse } from "../tree/remove.ts";
import { runSchema } from "../tree/run.ts";
import { type OnSweepError, sweepOne } from "../records/sweep_one.ts";
import { tenantsOf } from "../records/tenants_of.ts";

/** What {@linkcode expire} looks at, and by what. */
export interface ExpireParts {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly quotas: Quotas;
}

/**
 * Deletes what is older than its tenant keeps it: responses and
 * chat completions by when they were made, conversations by when they were
 * changed last, with the responses that nothing else needs. They go as if the tenant had deleted them, so what others
 * continue from stays for those. What is under way is left alone until it has ended; a text that nobody sends more of
 * is not.
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
    if (running !== null && !await forgetIngest(store, tenant, id, now() - ageMs, options)) return;
    if (changedAt + ageMs > now()) {
      return await refile(store, tenant, id, entry, changedAt, options);
    }
    await new Conversations({ store, now, quotas }).delete(tenant, id, options);
    // Where it is filed again is not where it was made.
    await store.commit({ writes: [{ key: entry.key, delete: true }] }, options);
  } catch (error) {
    if (error instanceof UnknownConversationError) {
      await store.commit({ writes: [{ key: entry.key, delete: true }] }, options);
    } else if (!(error instanceof ConversationBusyError)) throw error;
  }
}

/**
 * Forgets a text that nobody has sent more of for too long. It would keep its conversation for ever.
 *
 * @param before when it must have been read last, milliseconds since the epoch
 * @returns whether it was, and the conversation waits for nothing now
 */
async function forgetIngest(
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
    // It waits for a response.
    if (error instanceof UnknownIngestError) return false;
    throw error;
  }
}

/** Says to look at a conversation again when it would be too old if nothing more came. */
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
