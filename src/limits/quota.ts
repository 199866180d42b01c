import { QuotaExceededError } from "../records/errors.ts";
import { usageKey } from "../records/keys.ts";
import { counterValue } from "../store/counter.ts";
import type { Commit, Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";

/** The storage limits of a tenant. `Infinity`: unlimited. */
export interface Quota {
  /** Bytes of stored responses and conversations. */
  readonly bytes: number;
  /** Number of stored responses. */
  readonly responses: number;
  /** Number of stored conversations. */
  readonly conversations: number;
  /** Time to live of unused responses and conversations, in milliseconds. */
  readonly ageMs: number;
  /** Bytes of cached states. Beyond this the least recently used are evicted; requests are never refused. */
  readonly cacheBytes: number;
  /**
   * Called before new data is stored, for any tenant.
   *
   * @throws {StoreRefusedError} if the store does not accept new data
   */
  readonly requireSpace?: () => void;
}

/** Dependencies of classes that store data under a quota. */
export interface QuotaParts {
  readonly store: KvStore;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The quota of each tenant. Absent: unlimited. */
  readonly quotas?: Quotas;
}

/** The quota of each tenant. */
export type Quotas = (tenant: string) => Quota;

/** A quota without limits. */
export const UNLIMITED: Quota = {
  bytes: Infinity,
  responses: Infinity,
  conversations: Infinity,
  ageMs: Infinity,
  cacheBytes: Infinity,
};

/** Bytes charged for each response, state and conversation in addition to its content. */
export const RECORD_BYTES = 1024;

/** The counted quantities. Each has a counter per tenant and may have a limit. */
const COUNTED = ["bytes", "responses", "conversations"] as const;

/** The changes of a tenant's counters by a commit. Negative: a refund. */
export type Charge = { readonly [What in (typeof COUNTED)[number]]?: number };

/** The writes that update a tenant's counters. In the same commit as the data, so that both always agree. */
export function chargeWrites(tenant: string, charge: Charge): Write[] {
  return COUNTED.flatMap((what) => {
    const add = charge[what] ?? 0;
    return add === 0 ? [] : [{ key: usageKey(tenant, what), add }];
  });
}

/**
 * Commits if the tenant's quota allows it. Exact under concurrency: of several commits, as many succeed as fit.
 *
 * Refunds and overruns skip the check. Retries on conflict; each retry means that another commit succeeded.
 *
 * @returns whether all of the commit's own checks held
 * @throws {QuotaExceededError}
 * @throws {StoreRefusedError} if the store does not accept new data
 */
export async function commitWithin(
  store: KvStore,
  tenant: string,
  quota: Quota,
  charge: Charge,
  { checks = [], writes }: Commit,
  options?: StoreOptions,
): Promise<boolean> {
  requireSpace(quota, charge);
  const limited = limitedBy(quota, charge);
  const keys = limited.map((what) => usageKey(tenant, what));
  const read = () => readCounters(store, keys, options);
  let counters = await read();
  for (;;) {
    requireQuota(quota, charge, limited, counters);
    const { ok } = await store.commit({
      checks: [...checks, ...keys.map((key, i) => ({ key, version: counters[i]?.version }))],
      writes: [...writes, ...chargeWrites(tenant, charge)],
    }, options);
    if (ok) return true;
    const after = await read();
    if (counters.every((entry, i) => entry?.version === after[i]?.version)) return false;
    counters = after;
  }
}

/**
 * Checks a quota early, before any work is done. The commit checks again, since other commits may come first and the
 * final charge may be higher.
 *
 * @param charge a lower bound of the final charge
 * @throws {QuotaExceededError}
 * @throws {StoreRefusedError} if the store does not accept new data
 */
export async function requireRoom(
  store: KvStore,
  tenant: string,
  quota: Quota,
  charge: Charge,
  options?: StoreOptions,
): Promise<void> {
  requireSpace(quota, charge);
  const limited = limitedBy(quota, charge);
  const keys = limited.map((what) => usageKey(tenant, what));
  requireQuota(quota, charge, limited, await readCounters(store, keys, options));
}

/** @throws {StoreRefusedError} if the store does not accept new data and the charge increases a counter. */
function requireSpace(quota: Quota, charge: Charge): void {
  if (COUNTED.some((what) => (charge[what] ?? 0) > 0)) quota.requireSpace?.();
}

/** The quantities that the charge increases and the quota limits. */
function limitedBy(quota: Quota, charge: Charge): (typeof COUNTED)[number][] {
  return COUNTED.filter((what) => (charge[what] ?? 0) > 0 && quota[what] !== Infinity);
}

async function readCounters(
  store: KvStore,
  keys: readonly Key[],
  options: StoreOptions | undefined,
): Promise<(Entry | undefined)[]> {
  return keys.length === 0 ? [] : await store.getMany(keys, options);
}

/** @throws {QuotaExceededError} */
function requireQuota(
  quota: Quota,
  charge: Charge,
  limited: readonly (typeof COUNTED)[number][],
  counters: readonly (Entry | undefined)[],
): void {
  for (const [i, what] of limited.entries()) {
    if (counterValue(counters[i]) + charge[what]! <= quota[what]) continue;
    throw new QuotaExceededError(what, quota[what]);
  }
}

/** Maximum number of entries that one commit deletes, with a version check for each. */
const CHECKED_DELETES = 100;

/**
 * Deletes entries and refunds their bytes, exactly once even if others delete the same entries concurrently.
 *
 * @returns false if an entry changed or was deleted meanwhile; entries before it may be deleted
 */
export async function deleteCounted(
  store: KvStore,
  tenant: string,
  entries: readonly Entry[],
  options?: StoreOptions,
): Promise<boolean> {
  for (let at = 0; at < entries.length; at += CHECKED_DELETES) {
    const batch = entries.slice(at, at + CHECKED_DELETES);
    const bytes = batch.reduce((sum, { value }) => sum + value.length, 0);
    const { ok } = await store.commit({
      checks: batch,
      writes: [
        ...batch.map(({ key }) => ({ key, delete: true } as const)),
        ...chargeWrites(tenant, { bytes: -bytes }),
      ],
    }, options);
    if (!ok) return false;
  }
  return true;
}
