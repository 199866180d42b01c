import { z } from "zod";
import { DEFAULT_ECONOMY, type StoreEconomy } from "../store/economy.ts";
import type { CommitPart, Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { sha256, toText } from "./digest.ts";
import { BlobTooLargeError, CorruptSnapshotError, LeaseLostError } from "./errors.ts";
import { chunkKey, STAGED, stagedKey } from "./keys.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { type OnSweepError, sweepOne } from "./sweep.ts";

/** Bytes of a chunk that fits a value of every store. Stores with larger values take larger chunks. */
export const CHUNK_BYTES = DEFAULT_ECONOMY.chunkBytes;

/** The most chunks of a blob, so that their hashes fit into one value: 76 MiB, more than the state of any model. */
const MAX_CHUNKS = 1300;

/** The manifest of a blob, as records store it. */
export const storedBlobSchema = z.object({
  id: z.string(),
  bytes: z.int().nonnegative(),
  /** SHA-256 of each chunk, in base64url. */
  chunks: z.array(z.string()),
  /** Bytes of each chunk but the last. Absent: {@linkcode CHUNK_BYTES}. */
  chunkBytes: z.int().positive().optional(),
});

/** The manifest of a blob. */
export type StoredBlob = z.infer<typeof storedBlobSchema>;

/** A blob cut into chunks, ready to be written. */
export interface SplitBlob {
  /** Goes into the record that refers to the blob, which is written after the chunks. */
  readonly blob: StoredBlob;
  readonly writes: readonly { readonly key: readonly string[]; readonly value: Uint8Array }[];
}

/**
 * Cuts bytes into chunks that the store takes.
 *
 * Chunks are keyed by blob and index, not by content: two states never share a chunk, and a shared chunk would need
 * reference counts. Their SHA-256 hashes in the manifest verify the content.
 *
 * @param id unique among the tenant's blobs
 * @param economy of the store that holds the chunks
 * @throws {BlobTooLargeError} if the blob has more chunks than one manifest can list.
 */
export async function splitBlob(
  tenant: string,
  id: string,
  bytes: Uint8Array<ArrayBuffer>,
  { chunkBytes }: Pick<StoreEconomy, "chunkBytes"> = DEFAULT_ECONOMY,
): Promise<SplitBlob> {
  const count = Math.ceil(bytes.length / chunkBytes);
  if (count > MAX_CHUNKS) throw new BlobTooLargeError(bytes.length, MAX_CHUNKS * chunkBytes);
  const writes = Array.from({ length: count }, (_, index) => ({
    key: chunkKey(tenant, id, index),
    value: bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  }));
  const chunks = await Promise.all(writes.map(({ value }) => hash(value)));
  const size = chunkBytes === CHUNK_BYTES || count < 2 ? {} : { chunkBytes };
  return { blob: { id, bytes: bytes.length, chunks, ...size }, writes };
}

/**
 * Reads a blob, and verifies the length and hash of each chunk.
 *
 * @throws {CorruptSnapshotError} if a chunk is missing or damaged; the message names it.
 */
export async function readBlob(
  store: KvStore,
  tenant: string,
  { id, bytes, chunks, chunkBytes }: StoredBlob,
  options?: StoreOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  // A blob of a single chunk may exceed the usual size of a chunk.
  const each = chunkBytes ?? (chunks.length === 1 ? bytes : CHUNK_BYTES);
  const count = bytes === 0 ? 0 : Math.ceil(bytes / each);
  if (chunks.length !== count) {
    throw new CorruptSnapshotError(id, `${bytes} bytes are ${count} chunks, not ${chunks.length}`);
  }
  const keys = chunks.map((_, index) => chunkKey(tenant, id, index));
  const entries = await store.getMany(keys, options);
  const pieces = await Promise.all(entries.map(async (entry, index) => {
    const name = `chunk ${index + 1} of ${count}`;
    if (entry === undefined) throw new CorruptSnapshotError(id, `${name} is missing`);
    const size = Math.min(each, bytes - index * each);
    if (entry.value.length !== size) {
      throw new CorruptSnapshotError(id, `${name} has ${entry.value.length} bytes, not ${size}`);
    }
    if (await hash(entry.value) !== chunks[index]) {
      throw new CorruptSnapshotError(id, `${name} is damaged: its hash does not match`);
    }
    return entry.value;
  }));
  // Every chunk had its length checked, so `bytes` can be trusted for the allocation.
  const whole = new Uint8Array(bytes);
  for (const [index, piece] of pieces.entries()) whole.set(piece, index * each);
  return whole;
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toText(await sha256(bytes));
}

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
