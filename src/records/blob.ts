import { z } from "zod";
import { DEFAULT_ECONOMY, type StoreEconomy } from "../store/economy.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { sha256, toText } from "./digest.ts";
import { BlobTooLargeError, CorruptSnapshotError } from "./errors.ts";
import { chunkKey } from "./keys.ts";

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
