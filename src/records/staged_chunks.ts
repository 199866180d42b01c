import { z } from "zod";
import type { Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import type { SplitBlob, StoredBlob } from "./blob.ts";
import type { CommitPart } from "./commit_part.ts";
import { LeaseLostError } from "./errors.ts";
import { chunkKey, STAGED, stagedKey } from "./keys.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { type OnSweepError, sweepOne } from "./sweep_one.ts";

/** The most chunks in one commit: leaves room for records of the largest size. */
const CHUNKS_PER_COMMIT = 10;

/** Staged chunks older than this are taken for abandoned. */
export const STAGING_MS = 10 * 60_000;

/** Grace period before unreferenced chunks are removed, for readers that have just read the record. */
const DROPPED_MS = 60_000;

const stagedSchema = z.object({
  expiresAt: z.number(),
  blobs: z.array(z.object({ id: z.string(), chunks: z.int().nonnegative() })),
});

/**
 * Writes the chunks of blobs ahead of the commit that refers to them, except those that fit into it.
 *
 * A note lists the staged chunks, and the commit deletes it. After a crash, {@linkcode sweepStaged} finds the leftovers
 * from the notes alone; a writer so slow that its chunks were swept cannot commit any more.
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
  const note = stagedWrite(tenant, first.blob.id, {
    expiresAt: now + STAGING_MS,
    blobs: blobs.map(({ blob: { id, chunks } }) => ({ id, chunks: chunks.length })),
  });
  const { key } = note;
  await store.commit({ writes: [note, ...next()] }, options);
  const entry = await store.get(key, options);
  if (entry === undefined) throw new LeaseLostError(first.blob.id);
  while (chunks.length > CHUNKS_PER_COMMIT) await store.commit({ writes: next() }, options);
  return {
    checks: [{ key, version: entry.version }],
    writes: [...chunks, { key, delete: true }],
  };
}

/** The write that schedules the removal of a blob, for the commit that drops the last reference to it. */
export function dropWrite(tenant: string, { id, chunks }: StoredBlob, now: number): Write {
  const note = { expiresAt: now + DROPPED_MS, blobs: [{ id, chunks: chunks.length }] };
  return stagedWrite(tenant, id, note);
}

/**
 * The write that has unreferenced chunks swept once it is committed.
 *
 * @param id of one of the blobs
 */
export function abandonWrite(
  tenant: string,
  id: string,
  blobs: readonly { readonly id: string; readonly chunks: number }[],
) {
  return stagedWrite(tenant, id, { expiresAt: 0, blobs: [...blobs] });
}

/** Removes abandoned chunks and dropped blobs. */
export async function sweepStaged(
  store: KvStore,
  now: number,
  onError: OnSweepError,
  options?: StoreOptions,
): Promise<void> {
  for await (const note of store.list(STAGED, options)) {
    await sweepOne(onError, () => sweepExpired(store, now, note, options));
  }
}

async function sweepExpired(
  store: KvStore,
  now: number,
  { key, value, version }: Entry,
  options: StoreOptions | undefined,
): Promise<void> {
  const [, , tenant = "", id = ""] = key;
  const note = decodeRecord(stagedSchema, value, id);
  if (note.expiresAt > now) return;
  // From here on a writer that is still alive cannot commit.
  const { ok } = await store.commit({
    checks: [{ key, version }],
    writes: [{ key, value: encodeRecord(stagedSchema, { ...note, expiresAt: 0 }) }],
  }, options);
  if (!ok) return;
  await freeStaged(store, tenant, key, note.blobs, options);
}

/** The write of a note for chunks that no record refers to. They are swept when it expires. */
function stagedWrite(tenant: string, id: string, note: z.infer<typeof stagedSchema>) {
  return { key: stagedKey(tenant, id), value: encodeRecord(stagedSchema, note) };
}

/** Removes the chunks that a note lists, then the note. */
export async function freeStaged(
  store: KvStore,
  tenant: string,
  note: Key,
  blobs: z.infer<typeof stagedSchema>["blobs"],
  options?: StoreOptions,
): Promise<void> {
  const keys = blobs.flatMap(({ id, chunks }) => chunkKeys(tenant, id, chunks));
  await deleteKeys(store, [...keys, note], options);
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
  const { blobs } = decodeRecord(stagedSchema, entry.value, id);
  await freeStaged(store, tenant, key, blobs, options);
}

/** The keys of a blob's chunks. */
export function chunkKeys(tenant: string, id: string, count: number): (readonly string[])[] {
  return Array.from({ length: count }, (_, index) => chunkKey(tenant, id, index));
}

/** The keys of the chunks of a stored blob. */
export function keysOf(tenant: string, { id, chunks }: StoredBlob): (readonly string[])[] {
  return chunkKeys(tenant, id, chunks.length);
}

/** The most keys that one commit deletes. */
const DELETES = 200;

/** Deletes any number of keys, in batches. */
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
