import { z } from "zod";
import type { Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import type { SplitBlob, StoredBlob } from "./blob.ts";
import type { CommitPart } from "./commit_part.ts";
import { LeaseLostError } from "./errors.ts";
import { chunkKey, STAGED, stagedKey } from "./keys.ts";
import { decodeRecord, encodeRecord } from "./records.ts";

/** Chunks in one commit: with room beside them for the records of the largest size. */
const CHUNKS_PER_COMMIT = 10;

/** How long writing the chunks of one turn may take before they are taken for abandoned. */
export const STAGING_MS = 10 * 60_000;

const stagedSchema = z.object({
  expiresAt: z.number(),
  blobs: z.array(z.object({ id: z.string(), chunks: z.int().nonnegative() })),
});

/**
 * Writes the chunks of blobs ahead of the commit that refers to them, but for those that fit into it.
 *
 * Chunks that are written ahead are noted, and the commit takes the note away. So whatever a crash leaves behind is
 * found by {@linkcode sweepStaged}, without looking at anything else; and who was so slow that the chunks were swept
 * cannot commit any more.
 */
export async function stageChunks(
  store: KvStore,
  tenant: string,
  blobs: readonly SplitBlob[],
  now: number,
  options?: StoreOptions,
): Promise<CommitPart> {
  const chunks: Write[] = blobs.flatMap(({ writes }) => writes);
  const first = blobs.find(({ writes }) => writes.length > 0);
  if (chunks.length <= CHUNKS_PER_COMMIT || first === undefined) {
    return { checks: [], writes: chunks };
  }
  const next = () => chunks.splice(0, CHUNKS_PER_COMMIT);
  if (chunks.every((write) => "expireIn" in write)) {
    // They go by themselves.
    while (chunks.length > CHUNKS_PER_COMMIT) await store.commit({ writes: next() }, options);
    return { checks: [], writes: chunks };
  }
  const key = stagedKey(tenant, first.blob.id);
  const note = {
    expiresAt: now + STAGING_MS,
    blobs: blobs.map(({ blob: { id, chunks } }) => ({ id, chunks: chunks.length })),
  };
  await store.commit({
    writes: [{ key, value: encodeRecord(stagedSchema, note) }, ...next()],
  }, options);
  const entry = await store.get(key, options);
  if (entry === undefined) throw new LeaseLostError(first.blob.id);
  while (chunks.length > CHUNKS_PER_COMMIT) await store.commit({ writes: next() }, options);
  return {
    checks: [{ key, version: entry.version }],
    writes: [...chunks, { key, delete: true }],
  };
}

/**
 * The write that has chunks swept which nothing refers to any more, once it is committed.
 *
 * @param id one of the blobs
 */
export function abandonWrite(
  tenant: string,
  id: string,
  blobs: readonly { readonly id: string; readonly chunks: number }[],
): Write {
  const note = { expiresAt: 0, blobs: [...blobs] };
  return { key: stagedKey(tenant, id), value: encodeRecord(stagedSchema, note) };
}

/** Removes chunks whose writers are gone. Returns how many. */
export async function sweepStaged(
  store: KvStore,
  now: number,
  options?: StoreOptions,
): Promise<number> {
  let swept = 0;
  for await (const { key, value, version } of store.list(STAGED, options)) {
    const [, , tenant = "", id = ""] = key;
    const note = decodeRecord(stagedSchema, value, id);
    if (note.expiresAt > now) continue;
    // From here on the writer, should there still be one, cannot commit.
    const { ok } = await store.commit({
      checks: [{ key, version }],
      writes: [{ key, value: encodeRecord(stagedSchema, { ...note, expiresAt: 0 }) }],
    }, options);
    if (ok) swept += await sweepBlobs(store, tenant, key, note, options);
  }
  return swept;
}

/** Removes the chunks of one {@linkcode abandonWrite} at once. */
export async function sweepNote(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<void> {
  const key = stagedKey(tenant, id);
  const entry = await store.get(key, options);
  if (entry === undefined) return;
  await sweepBlobs(store, tenant, key, decodeRecord(stagedSchema, entry.value, id), options);
}

async function sweepBlobs(
  store: KvStore,
  tenant: string,
  key: Key,
  { blobs }: z.infer<typeof stagedSchema>,
  options: StoreOptions | undefined,
): Promise<number> {
  let swept = 0;
  for (const { id, chunks } of blobs) {
    await deleteKeys(store, chunkKeys(tenant, id, chunks), options);
    swept += chunks;
  }
  await store.commit({ writes: [{ key, delete: true }] }, options);
  return swept;
}

/** The write that makes the chunks of a blob go with the next sweep, if who deletes them does not come so far. */
export function releaseBlobWrite(tenant: string, { id, chunks }: StoredBlob): Write {
  const note = { expiresAt: 0, blobs: [{ id, chunks: chunks.length }] };
  return { key: stagedKey(tenant, id), value: encodeRecord(stagedSchema, note) };
}

/** Deletes the chunks of a blob that was released. */
export async function freeBlob(
  store: KvStore,
  tenant: string,
  blob: StoredBlob,
  options?: StoreOptions,
): Promise<void> {
  await deleteKeys(store, [...keysOf(tenant, blob), stagedKey(tenant, blob.id)], options);
}

/** The keys of a blob's chunks. */
export function chunkKeys(tenant: string, id: string, count: number): (readonly string[])[] {
  return Array.from({ length: count }, (_, index) => chunkKey(tenant, id, index));
}

/** The keys of the chunks of a stored blob. */
export function keysOf(tenant: string, { id, chunks }: StoredBlob): (readonly string[])[] {
  return chunkKeys(tenant, id, chunks.length);
}

/** Keys that one commit deletes. */
const DELETES = 200;

/** Deletes any number of keys, not all at once. */
export async function deleteKeys(
  store: KvStore,
  keys: readonly (readonly string[])[],
  options?: StoreOptions,
): Promise<void> {
  for (let at = 0; at < keys.length; at += DELETES) {
    const writes = keys.slice(at, at + DELETES).map((key) => ({ key, delete: true } as const));
    await store.commit({ writes }, options);
  }
}
