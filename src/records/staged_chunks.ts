import { z } from "zod";
import type { Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import type { SplitBlob, StoredBlob } from "./blob.ts";
import type { CommitPart } from "./commit_part.ts";
import { LeaseLostError } from "./errors.ts";
import { chunkKey, STAGED, stagedKey } from "./keys.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { type OnSweepError, sweepOne } from "./sweep_one.ts";

/** Chunks in one commit: with room beside them for the records of the largest size. */
const CHUNKS_PER_COMMIT = 10;

/** How long writing the chunks of one turn may take before they are taken for abandoned. */
export const STAGING_MS = 10 * 60_000;

/** How long chunks stay that nothing refers to any more, for those who have just read what referred to them. */
const DROPPED_MS = 60_000;

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

/** The write that makes a blob go in a while, for the commit that takes away what refers to it. */
export function dropWrite(tenant: string, { id, chunks }: StoredBlob, now: number): Write {
  const note = { expiresAt: now + DROPPED_MS, blobs: [{ id, chunks: chunks.length }] };
  return stagedWrite(tenant, id, note);
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
) {
  return stagedWrite(tenant, id, { expiresAt: 0, blobs: [...blobs] });
}

/** Removes chunks whose writers are gone, and those that were dropped. */
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
  // From here on the writer, should there still be one, cannot commit.
  const { ok } = await store.commit({
    checks: [{ key, version }],
    writes: [{ key, value: encodeRecord(stagedSchema, { ...note, expiresAt: 0 }) }],
  }, options);
  if (!ok) return;
  await freeStaged(store, tenant, key, note.blobs, options);
}

/** The write of a note of chunks that no record refers to. They are swept when it expires. */
function stagedWrite(tenant: string, id: string, note: z.infer<typeof stagedSchema>) {
  return { key: stagedKey(tenant, id), value: encodeRecord(stagedSchema, note) };
}

/** Removes the chunks of a note, and then the note. */
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
