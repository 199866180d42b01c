import type { Key } from "../store/kv_store.ts";

/** Digits of a chunk's index, so that chunks are listed in their order. */
const INDEX_DIGITS = 5;

/** One piece of a blob. */
export function chunkKey(tenant: string, blob: string, index: number): Key {
  return [...chunkPrefix(tenant, blob), String(index).padStart(INDEX_DIGITS, "0")];
}

/** What the {@linkcode chunkKey}s of one blob begin with. */
export function chunkPrefix(tenant: string, blob: string): Key {
  return [tenant, "chunk", blob];
}

/** What a snapshot of a state consists of. */
export function manifestKey(tenant: string, manifest: string): Key {
  return [tenant, "manifest", manifest];
}

/** What a response is made from, how far it got and how it ended. */
export function runKey(tenant: string, id: string): Key {
  return [tenant, "run", id];
}

/** Pieces of a response's answer, in the order in which they became durable. */
export function logKey(tenant: string, id: string, index: number): Key {
  return [...logPrefix(tenant, id), String(index).padStart(INDEX_DIGITS + 2, "0")];
}

/** What the {@linkcode logKey}s of one response begin with. */
export function logPrefix(tenant: string, id: string): Key {
  return [tenant, "log", id];
}

/** What a conversation is called, and when it was made. */
export function conversationKey(tenant: string, id: string): Key {
  return [tenant, "conversation", id];
}

/** What the {@linkcode conversationKey}s of a tenant begin with. */
export function conversationPrefix(tenant: string): Key {
  return [tenant, "conversation"];
}

/** Names a conversation by when something was last said in it, in the order of time or against it. */
export function conversationTimeKey(tenant: string, order: Order, at: number, id: string): Key {
  const time = order === "asc" ? at : Number.MAX_SAFE_INTEGER - at;
  return [...conversationTimes(tenant, order), timePart(time), id];
}

/** What the {@linkcode conversationTimeKey}s of one order begin with. */
export function conversationTimes(tenant: string, order: Order): Key {
  return [tenant, "conversations", order];
}

/** Says that all conversations of a tenant are named by time. */
export function listedKey(tenant: string): Key {
  return [tenant, "listed"];
}

/** A stored chat completion. */
export function completionKey(tenant: string, id: string): Key {
  return [tenant, "completion", id];
}

/** Names a stored chat completion in the order of time, or against it. */
export function completionTimeKey(tenant: string, order: Order, at: number, id: string): Key {
  const time = order === "asc" ? at : Number.MAX_SAFE_INTEGER - at;
  return [...completionTimes(tenant, order), String(time).padStart(TIME_DIGITS, "0"), id];
}

/** What the {@linkcode completionTimeKey}s of one order begin with. */
export function completionTimes(tenant: string, order: Order): Key {
  return [tenant, "completions", order];
}

/** Oldest first, or newest first. */
export type Order = "asc" | "desc";

/** Digits of the greatest time. */
const TIME_DIGITS = 16;

/** A request that its client gave a key, by the hash of that. */
export function idempotencyKey(tenant: string, hash: string): Key {
  return [tenant, "idempotency", hash];
}

/** Says that a request with a key changed something. */
export function receiptKey(tenant: string, request: string): Key {
  return [tenant, "receipt", request];
}

/** Where a conversation is. */
export function headKey(tenant: string, id: string): Key {
  return [tenant, "head", id];
}

/** A text that is being read into a conversation. */
export function ingestKey(tenant: string, conversation: string): Key {
  return [tenant, "ingest", conversation];
}

/** Says that a node is needed: by a response that continues it, or by a conversation that points to it. */
export function refKey(tenant: string, node: string, holder: string): Key {
  return [...refPrefix(tenant, node), holder];
}

/** What the {@linkcode refKey}s of one node begin with. */
export function refPrefix(tenant: string, node: string): Key {
  return [tenant, "ref", node];
}

/** What is swept or taken over is listed for all tenants at once. No tenant has this name. */
export const EVERYONE = "*";

/** Who makes a response. Absent: nobody, it has ended. */
export function leaseKey(tenant: string, id: string): Key {
  return [...LEASES, tenant, id];
}

/** What all {@linkcode leaseKey}s begin with. */
export const LEASES: Key = [EVERYONE, "lease"];

/** Chunks that are being written for a record that is not there yet. */
export function stagedKey(tenant: string, id: string): Key {
  return [...STAGED, tenant, id];
}

/** What all {@linkcode stagedKey}s begin with. */
export const STAGED: Key = [EVERYONE, "staged"];

/** A conversation that is being read from a file, and is not there yet. */
export function importKey(tenant: string, id: string): Key {
  return [...IMPORTS, tenant, id];
}

/** What all {@linkcode importKey}s begin with. */
export const IMPORTS: Key = [EVERYONE, "import"];

/** A node that was deleted, and waits until nothing needs it. */
export function garbageKey(tenant: string, id: string): Key {
  return [...GARBAGE, tenant, id];
}

/** What all {@linkcode garbageKey}s begin with. */
export const GARBAGE: Key = [EVERYONE, "garbage"];

/** A response of a conversation that is to be deleted when nothing needs it. */
export function releasedKey(tenant: string, id: string): Key {
  return [...RELEASED, tenant, id];
}

/** What all {@linkcode releasedKey}s begin with. */
export const RELEASED: Key = [EVERYONE, "released"];

/** Times as parts of keys. */
function timePart(time: number): string {
  return String(time).padStart(TIME_DIGITS, "0");
}

/** A state that is only kept because it may save work, in the order of use. */
export function cachedKey(tenant: string, usedAt: number, manifest: string): Key {
  return [...cachedPrefix(tenant), timePart(usedAt), manifest];
}

/** What all {@linkcode cachedKey}s of a tenant begin with. */
export function cachedPrefix(tenant: string): Key {
  return [...CACHED, tenant];
}

/** What all {@linkcode cachedKey}s begin with. */
export const CACHED: Key = [EVERYONE, "cached"];

/** What is called by when it was made, so that what has become too old is found without looking at the rest. */
export function bornKey(
  tenant: string,
  time: number,
  kind: "response" | "conversation" | "completion",
  id: string,
): Key {
  return [...bornPrefix(tenant), timePart(time), kind, id];
}

/** What all {@linkcode bornKey}s of a tenant begin with. */
export function bornPrefix(tenant: string): Key {
  return [...BORN, tenant];
}

/** What all {@linkcode bornKey}s begin with. */
export const BORN: Key = [EVERYONE, "born"];

/** Counts what a tenant keeps: bytes and numbers of what lasts, and the bytes of what only saves work. */
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

/** The snapshot of a beginning of a conversation, by its hash. */
export function prefixKey(tenant: string, hash: string): Key {
  return [tenant, "prefix", hash];
}
