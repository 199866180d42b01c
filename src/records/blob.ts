import { z } from "zod";
import { DEFAULT_ECONOMY, type StoreEconomy } from "../store/economy.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { sha256, toText } from "./digest.ts";
import { BlobTooLargeError, CorruptSnapshotError } from "./errors.ts";
import { chunkKey } from "./keys.ts";

/** Bytes of a chunk, unless its store takes larger values: what fits a value of every store. */
export const CHUNK_BYTES = DEFAULT_ECONOMY.chunkBytes;

/** Chunks of a blob at the most, so that their hashes fit one value too: 76 MiB, more than any model's state. */
const MAX_CHUNKS = 1300;

/** What a blob consists of, as records hold it. */
export const storedBlobSchema = z.object({
  id: z.string(),
  bytes: z.int().nonnegative(),
  /** SHA-256 of each chunk, in base64url. */
  chunks: z.array(z.string()),
  /** Bytes of each chunk but the last. Absent: {@linkcode CHUNK_BYTES}. */
  chunkBytes: z.int().positive().optional(),
});

/** What a blob consists of. */
export type StoredBlob = z.infer<typeof storedBlobSchema>;

/** A blob that is ready to be written. */
export interface SplitBlob {
  /** For the record that refers to it. Written after the chunks. */
  readonly blob: StoredBlob;
  readonly writes: readonly { readonly key: readonly string[]; readonly value: Uint8Array }[];
}

/**
 * Cuts bytes into chunks that the store takes.
 *
 * Chunks are named by the blob and their index, and not by their content: no two states have a chunk in common, and
 * a chunk that two blobs shared would have to live as long as both. What they contain is vouched for by the hashes.
 *
 * @param id a name that no other blob of the tenant has
 * @param economy of the store that they are written to
 * @throws {BlobTooLargeError} if there are more chunks than one record can list.
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
 * Reads a blob back, and verifies that it is whole and unchanged.
 *
 * @throws {CorruptSnapshotError} that names the chunk that is missing or damaged.
 */
export async function readBlob(
  store: KvStore,
  tenant: string,
  { id, bytes, chunks, chunkBytes }: StoredBlob,
  options?: StoreOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  // What is whole in one chunk may be longer than the usual ones.
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
  // The size that the record claims is by now the one that was read.
  const whole = new Uint8Array(bytes);
  for (const [index, piece] of pieces.entries()) whole.set(piece, index * each);
  return whole;
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toText(await sha256(bytes));
}
