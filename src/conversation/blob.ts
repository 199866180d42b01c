import { z } from "zod";
import type { Key, KvStore, Write } from "../store/kv_store.ts";
import { CorruptSnapshotError } from "./errors.ts";

/** Bytes of a chunk: under the limit of every store, with room for what adapters add. */
const CHUNK_BYTES = 60_000;
/** Chunks of one commit, which takes 800 KB. */
const CHUNKS_PER_COMMIT = 12;

/** Where the chunks of a blob are, and what they must be. */
export const blobSchema = z.object({
  id: z.string(),
  bytes: z.int().nonnegative(),
  /** SHA-256 of each chunk, in order. */
  chunks: z.array(z.base64()),
});

/**
 * A value of any size, cut into chunks that never change.
 *
 * Chunks are filed under their blob and not by content: states share none, and two blobs may expire at different times.
 */
export type Blob = z.infer<typeof blobSchema>;

/** Where and how long to keep something. */
export interface BlobOptions {
  /** The keys of the chunks begin with this. */
  readonly prefix: Key;
  /** Milliseconds until the chunks are gone. */
  readonly expireIn?: number | undefined;
}

/** Writes the chunks of a blob. They are of no use until something that refers to them is written. */
export async function writeBlob(
  store: KvStore,
  bytes: Uint8Array<ArrayBuffer>,
  { prefix, expireIn }: BlobOptions,
): Promise<Blob> {
  const id = crypto.randomUUID();
  const chunks: string[] = [];
  let writes: Write[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const value = bytes.subarray(start, start + CHUNK_BYTES);
    const key = chunkKey(prefix, id, chunks.length);
    writes.push({ key, value, ...(expireIn === undefined ? {} : { expireIn }) });
    chunks.push(await sha256(value));
    if (writes.length === CHUNKS_PER_COMMIT || start + CHUNK_BYTES >= bytes.length) {
      await store.commit({ writes });
      writes = [];
    }
  }
  return { id, bytes: bytes.length, chunks };
}

/**
 * Reads a blob whole.
 *
 * @throws {CorruptSnapshotError} if a chunk is gone or is not what was written
 */
export async function readBlob(
  store: KvStore,
  blob: Blob,
  prefix: Key,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = await store.getMany(blob.chunks.map((_, i) => chunkKey(prefix, blob.id, i)));
  const what = (i: number) => `chunk ${i} of ${blob.id}`;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const [i, entry] of entries.entries()) {
    if (entry === undefined) throw new CorruptSnapshotError(what(i), "it is gone");
    if (await sha256(entry.value) !== blob.chunks[i]) {
      throw new CorruptSnapshotError(what(i), "it is not what was written");
    }
    parts.push(entry.value);
  }
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size !== blob.bytes) {
    throw new CorruptSnapshotError(blob.id, `it has ${size} bytes, not ${blob.bytes}`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function chunkKey(prefix: Key, id: string, index: number): Key {
  return [...prefix, "chunk", id, String(index)];
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
