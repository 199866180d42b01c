import { z } from "zod";
import { chargeWrites, deleteCounted } from "../limits/quota.ts";
import { deleteKeys, keysOf, type StoredBlob, storedBlobSchema } from "../records/blob.ts";
import {
  bornKey,
  GARBAGE,
  garbageKey,
  logPrefix,
  manifestKey,
  nodeKey,
  refKey,
  refPrefix,
  RELEASED,
  releasedKey,
  runKey,
} from "../records/keys.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { type OnSweepError, sweepOne } from "../records/sweep.ts";
import type { Check, Entry, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { nodeSchema } from "./response_node.ts";
import { runSchema } from "./run.ts";
import { manifestSchema } from "./snapshot.ts";

/** A response that was deleted. */
export const garbageSchema = z.object({
  request: storedBlobSchema,
  parent: z.string().nullable(),
  /** Bytes that it counts for. */
  charged: z.int().nonnegative().default(0),
});

const NOTHING = new Uint8Array();

/** The write that makes a response go that was deleted before, when nothing needs it any more. */
export function deletedWrite(
  tenant: string,
  id: string,
  parent: string | null,
  request: StoredBlob,
  charged = 0,
): Write {
  const garbage = { request, parent, charged };
  return { key: garbageKey(tenant, id), value: encodeRecord(garbageSchema, garbage) };
}

/** The write that makes a response of a conversation go as soon as nothing needs it. */
export function releaseWrite(tenant: string, id: string): Write {
  return { key: releasedKey(tenant, id), value: NOTHING };
}

/**
 * Deletes a response that has ended: at once it is there for nobody any more. What it consists of is freed as soon as no
 * other response and no conversation needs it, now or by {@linkcode sweepGarbage}.
 *
 * @returns whether there was one
 */
export async function deleteResponse(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<boolean> {
  const entry = await store.get(runKey(tenant, id), options);
  if (entry === undefined) return false;
  const ok = await discard(store, tenant, id, entry, options);
  if (ok) await freeNow(store, tenant, id, options);
  return ok;
}

/**
 * Takes the record of a response away, and notes what is to be freed of it.
 *
 * @returns whether it was still as it was read
 */
async function discard(
  store: KvStore,
  tenant: string,
  id: string,
  { key, value, version }: Entry,
  options: StoreOptions | undefined,
): Promise<boolean> {
  const { request, parent, charged, createdAt } = decodeRecord(runSchema, value, id);
  const { ok } = await store.commit({
    checks: [{ key, version }],
    writes: [
      { key, delete: true },
      { key: bornKey(tenant, createdAt, "response", id), delete: true },
      deletedWrite(tenant, id, parent, request, charged),
      ...chargeWrites(tenant, { responses: charged === 0 ? 0 : -1 }),
    ],
  }, options);
  return ok;
}

/** Frees what was deleted and what nothing needs any more. */
export async function sweepGarbage(
  store: KvStore,
  onError: OnSweepError,
  options?: StoreOptions,
): Promise<void> {
  for (const prefix of [RELEASED, GARBAGE]) {
    for await (const { key: [, , tenant = "", id = ""] } of store.list(prefix, options)) {
      await sweepOne(onError, () => free(store, tenant, id, options));
    }
  }
}

/** Whether something needs a node. */
async function isNeeded(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<boolean> {
  for await (const _ of store.list(refPrefix(tenant, id), { ...options, limit: 1 })) return true;
  return false;
}

/**
 * Frees what was released, as far as that goes. What is left was deleted all the same: a sweep comes to it, and says what
 * is wrong with it.
 */
export async function freeNow(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<void> {
  await free(store, tenant, id, options).catch(() => {});
}

/** Frees what was released, and those before it that were only kept for it. */
async function free(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<void> {
  for (let next: string | null = id; next !== null;) {
    next = await freeOne(store, tenant, next, options);
  }
}

/** @returns the parent, if it may be free now */
async function freeOne(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<string | null> {
  const released = await store.get(releasedKey(tenant, id), options);
  if (released !== undefined) await deleteReleased(store, tenant, id, released, options);
  const garbage = await store.get(garbageKey(tenant, id), options);
  if (garbage === undefined) return null;
  const { request, parent, charged } = decodeRecord(garbageSchema, garbage.value, id);
  const log = await Array.fromAsync(store.list(logPrefix(tenant, id), options));
  if (charged === 0) await deleteKeys(store, log.map(({ key }) => key), options);
  else if (!await deleteCounted(store, tenant, log, options)) return null;
  await deleteKeys(store, keysOf(tenant, request), options);

  const entry = await store.get(nodeKey(tenant, id), options);
  const above = parent === null ? undefined : await store.get(runKey(tenant, parent), options);
  const before = above && decodeRecord(runSchema, above.value, parent!);
  const done: Write[] = [
    { key: garbage.key, delete: true },
    ...parent === null ? [] : [{ key: refKey(tenant, parent, id), delete: true } as const],
    // What is not of a conversation has been made to last.
    ...before?.conversation ? [releaseWrite(tenant, before.id)] : [],
  ];
  if (entry === undefined) {
    await store.commit({
      checks: [garbage],
      writes: [...done, ...chargeWrites(tenant, { bytes: -charged })],
    }, options);
    return parent;
  }
  const node = decodeRecord(nodeSchema, entry.value, id);
  if (await isNeeded(store, tenant, id, options)) return null;
  // Whoever wants to refer to it asks for its version: after this nobody can, and who did before is seen now.
  const condemned = { ...node, deleted: true };
  const mark = await store.commit({
    checks: [{ key: entry.key, version: entry.version }],
    writes: [{ key: entry.key, value: encodeRecord(nodeSchema, condemned) }],
  }, options);
  if (!mark.ok) return null;
  if (await isNeeded(store, tenant, id, options)) {
    await store.commit({
      writes: [{ key: entry.key, value: encodeRecord(nodeSchema, { ...node, deleted: false }) }],
    }, options);
    return null;
  }
  const manifest = await store.get(manifestKey(tenant, node.manifest), options);
  const snapshot = manifest && decodeRecord(manifestSchema, manifest.value, node.manifest);
  await deleteKeys(store, [
    ...snapshot === undefined ? [] : keysOf(tenant, snapshot.state),
    ...keysOf(tenant, node.log),
  ], options);
  // Whoever else frees it, or its state alone, gives the same back: one of them does. If not, a sweep comes to the rest.
  const { ok } = await store.commit({
    checks: [garbage, { key: manifestKey(tenant, node.manifest), version: manifest?.version }],
    writes: [
      { key: entry.key, delete: true },
      { key: manifestKey(tenant, node.manifest), delete: true },
      ...done,
      ...chargeWrites(tenant, { bytes: -charged - node.charged - (snapshot?.charged ?? 0) }),
    ],
  }, options);
  return ok ? parent : null;
}

/** Deletes a response that was released, unless something needs it. */
async function deleteReleased(
  store: KvStore,
  tenant: string,
  id: string,
  check: Check,
  options: StoreOptions | undefined,
): Promise<void> {
  const needed = await isNeeded(store, tenant, id, options);
  const entry = needed ? undefined : await store.get(runKey(tenant, id), options);
  if (entry !== undefined && !await discard(store, tenant, id, entry, options)) return;
  // Whoever needs it last releases it again: then there is another note, which stays.
  await store.commit({ checks: [check], writes: [{ key: check.key, delete: true }] }, options);
}
