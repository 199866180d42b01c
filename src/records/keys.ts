import type { Key } from "../store/kv_store.ts";

/** Digits of a chunk's index, zero-padded so that chunks are listed in order. */
const INDEX_DIGITS = 5;

/** One chunk of a blob. */
export function chunkKey(tenant: string, blob: string, index: number): Key {
  return [...chunkPrefix(tenant, blob), String(index).padStart(INDEX_DIGITS, "0")];
}

/** Prefix of the {@linkcode chunkKey}s of one blob. */
export function chunkPrefix(tenant: string, blob: string): Key {
  return [tenant, "chunk", blob];
}

/** The manifest of a snapshot of a state. */
export function manifestKey(tenant: string, manifest: string): Key {
  return [tenant, "manifest", manifest];
}

/** A run: what a response is generated from, its progress and its outcome. */
export function runKey(tenant: string, id: string): Key {
  return [tenant, "run", id];
}

/** Pieces of a response's run log, in the order in which they became durable. */
export function logKey(tenant: string, id: string, index: number): Key {
  return [...logPrefix(tenant, id), String(index).padStart(INDEX_DIGITS + 2, "0")];
}

/** Prefix of the {@linkcode logKey}s of one response. */
export function logPrefix(tenant: string, id: string): Key {
  return [tenant, "log", id];
}

/** A conversation's metadata and time of creation. */
export function conversationKey(tenant: string, id: string): Key {
  return [tenant, "conversation", id];
}

/** Prefix of the {@linkcode conversationKey}s of a tenant. */
export function conversationPrefix(tenant: string): Key {
  return [tenant, "conversation"];
}

/** Index of conversations by the time of their last turn, ascending or descending. */
export function conversationTimeKey(tenant: string, order: Order, at: number, id: string): Key {
  const time = order === "asc" ? at : Number.MAX_SAFE_INTEGER - at;
  return [...conversationTimes(tenant, order), timePart(time), id];
}

/** Prefix of the {@linkcode conversationTimeKey}s of one order. */
export function conversationTimes(tenant: string, order: Order): Key {
  return [tenant, "conversations", order];
}

/** Set once the index by time covers all conversations of a tenant. */
export function listedKey(tenant: string): Key {
  return [tenant, "listed"];
}

/** A stored chat completion. */
export function completionKey(tenant: string, id: string): Key {
  return [tenant, "completion", id];
}

/** Index of stored chat completions by time, ascending or descending. */
export function completionTimeKey(tenant: string, order: Order, at: number, id: string): Key {
  const time = order === "asc" ? at : Number.MAX_SAFE_INTEGER - at;
  return [...completionTimes(tenant, order), String(time).padStart(TIME_DIGITS, "0"), id];
}

/** Prefix of the {@linkcode completionTimeKey}s of one order. */
export function completionTimes(tenant: string, order: Order): Key {
  return [tenant, "completions", order];
}

/** Oldest first, or newest first. */
export type Order = "asc" | "desc";

/** Digits of the greatest timestamp. */
const TIME_DIGITS = 16;

/** A request with an `Idempotency-Key`, by the hash of that key. */
export function idempotencyKey(tenant: string, hash: string): Key {
  return [tenant, "idempotency", hash];
}

/** Set if a request with an `Idempotency-Key` changed something. */
export function receiptKey(tenant: string, request: string): Key {
  return [tenant, "receipt", request];
}

/** The head of a conversation: the response that it continues from. */
export function headKey(tenant: string, id: string): Key {
  return [tenant, "head", id];
}

/** The ingest of a text into a conversation. */
export function ingestKey(tenant: string, conversation: string): Key {
  return [tenant, "ingest", conversation];
}

/**
 * A reference to a node, by a response that continues it or a conversation whose head it is. It keeps the node alive.
 */
export function refKey(tenant: string, node: string, holder: string): Key {
  return [...refPrefix(tenant, node), holder];
}

/** Prefix of the {@linkcode refKey}s of one node. */
export function refPrefix(tenant: string, node: string): Key {
  return [tenant, "ref", node];
}

/** In the place of a tenant: work for sweepers is listed for all tenants at once. No tenant has this name. */
export const EVERYONE = "*";

/** The lease of the run that makes a response. Absent once the run has ended. */
export function leaseKey(tenant: string, id: string): Key {
  return [...LEASES, tenant, id];
}

/** Prefix of all {@linkcode leaseKey}s. */
export const LEASES: Key = [EVERYONE, "lease"];

/** Chunks written ahead of the record that will refer to them. */
export function stagedKey(tenant: string, id: string): Key {
  return [...STAGED, tenant, id];
}

/** Prefix of all {@linkcode stagedKey}s. */
export const STAGED: Key = [EVERYONE, "staged"];

/** A conversation whose import has not finished. */
export function importKey(tenant: string, id: string): Key {
  return [...IMPORTS, tenant, id];
}

/** Prefix of all {@linkcode importKey}s. */
export const IMPORTS: Key = [EVERYONE, "import"];

/** A deleted node whose removal waits until nothing refers to it. */
export function garbageKey(tenant: string, id: string): Key {
  return [...GARBAGE, tenant, id];
}

/** Prefix of all {@linkcode garbageKey}s. */
export const GARBAGE: Key = [EVERYONE, "garbage"];

/** A response that its conversation released: deleted once nothing refers to it. */
export function releasedKey(tenant: string, id: string): Key {
  return [...RELEASED, tenant, id];
}

/** Prefix of all {@linkcode releasedKey}s. */
export const RELEASED: Key = [EVERYONE, "released"];

/** A timestamp as part of a key, zero-padded. */
function timePart(time: number): string {
  return String(time).padStart(TIME_DIGITS, "0");
}

/** A state in the prefix cache, in the order of last use. */
export function cachedKey(tenant: string, usedAt: number, manifest: string): Key {
  return [...cachedPrefix(tenant), timePart(usedAt), manifest];
}

/** Prefix of all {@linkcode cachedKey}s of a tenant. */
export function cachedPrefix(tenant: string): Key {
  return [...CACHED, tenant];
}

/** Prefix of all {@linkcode cachedKey}s. */
export const CACHED: Key = [EVERYONE, "cached"];

/** Index by time of creation, so that expiry reads only what has expired. */
export function bornKey(
  tenant: string,
  time: number,
  kind: "response" | "conversation" | "completion",
  id: string,
): Key {
  return [...bornPrefix(tenant), timePart(time), kind, id];
}

/** Prefix of all {@linkcode bornKey}s of a tenant. */
export function bornPrefix(tenant: string): Key {
  return [...BORN, tenant];
}

/** Prefix of all {@linkcode bornKey}s. */
export const BORN: Key = [EVERYONE, "born"];

/** Counters of a tenant's usage: bytes and numbers of stored records, and bytes of the prefix cache. */
export function usageKey(
  tenant: string,
  what: "bytes" | "responses" | "conversations" | "cache",
): Key {
  return [tenant, "usage", what];
}

/** A stored response. */
export function nodeKey(tenant: string, id: string): Key {
  return [tenant, "node", id];
}

/** The snapshot in the prefix cache of a prompt's prefix, by the prefix's hash. */
export function prefixKey(tenant: string, hash: string): Key {
  return [tenant, "prefix", hash];
}
