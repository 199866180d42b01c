import { counterValue } from "../store/counter.ts";
import type { Commit, Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { QuotaExceededError } from "../records/errors.ts";
import { usageKey } from "../records/keys.ts";
import type { Quota } from "./quota.ts";

/** Bytes that each response, its state and each conversation count for, besides what they hold. */
export const RECORD_BYTES = 1024;

/** What is counted and bounded. */
const COUNTED = ["bytes", "responses", "conversations"] as const;

/** How much more a tenant keeps after a commit. Below 0: how much is given back. */
export type Charge = { readonly [What in (typeof COUNTED)[number]]?: number };

/** The part of a commit that counts what else it changes. So the count is never another than what there is. */
export function chargeWrites(tenant: string, charge: Charge): Write[] {
  return COUNTED.flatMap((what) => {
    const add = charge[what] ?? 0;
    return add === 0 ? [] : [{ key: usageKey(tenant, what), add }];
  });
}

/**
 * Makes a commit if a tenant may keep what it adds. Exactly: of several at once so many are made as fit.
 *
 * Those who give back, or go beyond what they have reserved, do not ask; so this may have to look again, each time
 * because somebody else got on.
 *
 * @returns whether all other checks held
 * @throws {QuotaExceededError}
 * @throws {StoreRefusedError} if the store is to take nothing new
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
  const bounded = boundedBy(quota, charge);
  const keys = bounded.map((what) => usageKey(tenant, what));
  const read = () => readCounters(store, keys, options);
  let counters = await read();
  for (;;) {
    refuseBeyond(quota, charge, bounded, counters);
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
 * Refuses what a tenant may not keep before anything is done for it. Others may be faster, and more may be needed than
 * is known now: the commit asks again.
 *
 * @param charge the least that it will count for
 * @throws {QuotaExceededError}
 */
export async function requireRoom(
  store: KvStore,
  tenant: string,
  quota: Quota,
  charge: Charge,
  options?: StoreOptions,
): Promise<void> {
  requireSpace(quota, charge);
  const bounded = boundedBy(quota, charge);
  const keys = bounded.map((what) => usageKey(tenant, what));
  refuseBeyond(quota, charge, bounded, await readCounters(store, keys, options));
}

/** @throws {StoreRefusedError} if the store is to take nothing new, and this would be more. */
function requireSpace(quota: Quota, charge: Charge): void {
  if (COUNTED.some((what) => (charge[what] ?? 0) > 0)) quota.requireSpace?.();
}

/** What is charged for, and has a bound. */
function boundedBy(quota: Quota, charge: Charge): (typeof COUNTED)[number][] {
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
function refuseBeyond(
  quota: Quota,
  charge: Charge,
  bounded: readonly (typeof COUNTED)[number][],
  counters: readonly (Entry | undefined)[],
): void {
  for (const [i, what] of bounded.entries()) {
    if (counterValue(counters[i]) + charge[what]! <= quota[what]) continue;
    throw new QuotaExceededError(what, quota[what]);
  }
}

/** Deletions of one commit that asks for the versions of what it deletes. */
const CHECKED_DELETES = 100;

/**
 * Deletes entries, and gives back what they counted for: exactly once, whoever else does the same.
 *
 * @returns whether nobody else did
 */
export async function deleteCounted(
  store: KvStore,
  tenant: string,
  entries: readonly Entry[],
  options?: StoreOptions,
): Promise<boolean> {
  for (let at = 0; at < entries.length; at += CHECKED_DELETES) {
    const some = entries.slice(at, at + CHECKED_DELETES);
    const bytes = some.reduce((sum, { value }) => sum + value.length, 0);
    const { ok } = await store.commit({
      checks: some,
      writes: [
        ...some.map(({ key }) => ({ key, delete: true } as const)),
        ...chargeWrites(tenant, { bytes: -bytes }),
      ],
    }, options);
    if (!ok) return false;
  }
  return true;
}
