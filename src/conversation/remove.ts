import { z } from "zod";
import type { Check, Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { type StoredBlob, storedBlobSchema } from "./blob.ts";
import {
  GARBAGE,
  garbageKey,
  logPrefix,
  manifestKey,
  nodeKey,
  refKey,
  refPrefix,
  runKey,
} from "./keys.ts";
import { decodeRecord, encodeRecord, manifestSchema, nodeSchema } from "./records.ts";
import { runSchema } from "./run.ts";
import { deleteKeys, keysOf } from "./staged_chunks.ts";

/** A response that was deleted, or one of a conversation that is to be deleted when nothing needs it. */
const garbageSchema = z.union([
  z.object({ request: storedBlobSchema, parent: z.string().nullable() }),
  z.object({ released: z.literal(true) }),
]);

/** The write that makes a response go that was deleted before, when nothing needs it any more. */
export function deletedWrite(
  tenant: string,
  id: string,
  parent: string | null,
  request: StoredBlob,
): Write {
  return { key: garbageKey(tenant, id), value: encodeRecord(garbageSchema, { request, parent }) };
}

/** The write that makes a response of a conversation go as soon as nothing needs it. */
export function releaseWrite(tenant: string, id: string): Write {
  return { key: garbageKey(tenant, id), value: encodeRecord(garbageSchema, { released: true }) };
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
  if (ok) await free(store, tenant, id, options);
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
  const { request, parent } = decodeRecord(runSchema, value, id);
  const { ok } = await store.commit({
    checks: [{ key, version }],
    writes: [
      { key, delete: true },
      deletedWrite(tenant, id, parent, request),
    ],
  }, options);
  return ok;
}

/** Frees what was deleted and what nothing needs any more. */
export async function sweepGarbage(store: KvStore, options?: StoreOptions): Promise<void> {
  for await (const { key: [, , tenant = "", id = ""] } of store.list(GARBAGE, options)) {
    await free(store, tenant, id, options);
  }
}

/** Whether something needs a node. */
export async function isNeeded(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<boolean> {
  for await (const _ of store.list(refPrefix(tenant, id), { ...options, limit: 1 })) return true;
  return false;
}

/** Frees what was released, and those before it that were only kept for it. */
export async function free(
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
  const garbage = await store.get(garbageKey(tenant, id), options);
  if (garbage === undefined) return null;
  const record = decodeRecord(garbageSchema, garbage.value, id);
  if ("released" in record) {
    const check = { key: garbage.key, version: garbage.version };
    return await deleteReleased(store, tenant, id, check, options);
  }
  const { request, parent } = record;
  const log: Key[] = [];
  for await (const { key } of store.list(logPrefix(tenant, id), options)) log.push(key);
  await deleteKeys(store, [...log, ...keysOf(tenant, request)], options);

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
    await store.commit({ writes: done }, options);
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
  const state = manifest && decodeRecord(manifestSchema, manifest.value, node.manifest).state;
  await deleteKeys(store, [
    ...state === undefined ? [] : keysOf(tenant, state),
    ...keysOf(tenant, node.log),
  ], options);
  await store.commit({
    writes: [
      { key: entry.key, delete: true },
      { key: manifestKey(tenant, node.manifest), delete: true },
      ...done,
    ],
  }, options);
  return parent;
}

/** @returns the response itself, which is to be freed next, unless something needs it */
async function deleteReleased(
  store: KvStore,
  tenant: string,
  id: string,
  check: Check,
  options: StoreOptions | undefined,
): Promise<string | null> {
  const needed = await isNeeded(store, tenant, id, options);
  const entry = needed ? undefined : await store.get(runKey(tenant, id), options);
  if (entry === undefined) {
    // Whoever needs it last releases it again: then there is another note, which stays.
    await store.commit({ checks: [check], writes: [{ key: check.key, delete: true }] }, options);
    return null;
  }
  return await discard(store, tenant, id, entry, options) ? id : null;
}
