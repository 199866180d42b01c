import { z } from "zod";
import type { Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { storedBlobSchema } from "./blob.ts";
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

/** A response that was deleted. */
const garbageSchema = z.object({ request: storedBlobSchema, parent: z.string().nullable() });

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
  const { request, parent } = decodeRecord(runSchema, entry.value, id);
  const { ok } = await store.commit({
    checks: [{ key: entry.key, version: entry.version }],
    writes: [
      { key: entry.key, delete: true },
      { key: garbageKey(tenant, id), value: encodeRecord(garbageSchema, { request, parent }) },
    ],
  }, options);
  if (ok) await free(store, tenant, id, options);
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

/** Frees a deleted response, and those before it that were only kept for it. */
async function free(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
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
  const { request, parent } = decodeRecord(garbageSchema, garbage.value, id);
  const log: Key[] = [];
  for await (const { key } of store.list(logPrefix(tenant, id), options)) log.push(key);
  await deleteKeys(store, [...log, ...keysOf(tenant, request)], options);

  const entry = await store.get(nodeKey(tenant, id), options);
  const done: Write[] = [
    { key: garbage.key, delete: true },
    ...parent === null ? [] : [{ key: refKey(tenant, parent, id), delete: true } as const],
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
