import type { Key } from "../store/kv_store.ts";

/** Digits of a chunk's index, so that chunks are listed in their order. */
const INDEX_DIGITS = 5;

/** One piece of a blob. */
export function chunkKey(tenant: string, blob: string, index: number): Key {
  return [tenant, "chunk", blob, String(index).padStart(INDEX_DIGITS, "0")];
}

/** What a snapshot of a state consists of. */
export function manifestKey(tenant: string, manifest: string): Key {
  return [tenant, "manifest", manifest];
}

/** A stored response. */
export function nodeKey(tenant: string, id: string): Key {
  return [tenant, "node", id];
}

/** The snapshot of a beginning of a conversation, by its hash. */
export function prefixKey(tenant: string, hash: string): Key {
  return [tenant, "prefix", hash];
}
