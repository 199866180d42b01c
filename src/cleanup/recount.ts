import { conversationSchema } from "../conversation/conversation_record.ts";
import { headSchema } from "../conversation/head.ts";
import { ingestSchema } from "../ingest/ingest.ts";
import { BORN, CACHED, cachedPrefix, GARBAGE, usageKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import { tenantsOf } from "../records/sweep.ts";
import { completionSchema } from "../response/completion_store.ts";
import { counterValue } from "../store/counter.ts";
import type { Key, KvStore, StoreOptions } from "../store/kv_store.ts";
import { cachedSchema } from "../tree/prefix_cache.ts";
import { garbageSchema } from "../tree/remove.ts";
import { nodeSchema } from "../tree/response_node.ts";
import { runSchema } from "../tree/run.ts";
import { manifestSchema } from "../tree/snapshot.ts";

/** The storage usage of a tenant. */
export interface Usage {
  readonly bytes: number;
  readonly responses: number;
  readonly conversations: number;
  /** Bytes of cached states. */
  readonly cache: number;
}

/** A tenant's usage according to its counters. */
export async function countedUsage(
  store: KvStore,
  tenant: string,
  options?: StoreOptions,
): Promise<Usage> {
  const names = ["bytes", "responses", "conversations", "cache"] as const;
  const entries = await store.getMany(names.map((what) => usageKey(tenant, what)), options);
  const [bytes, responses, conversations, cache] = entries.map(counterValue);
  return { bytes: bytes!, responses: responses!, conversations: conversations!, cache: cache! };
}

/** What the counters of all tenants say together, and how many there are that keep something. */
export async function totalUsage(
  store: KvStore,
  options?: StoreOptions,
): Promise<Usage & { readonly tenants: number }> {
  const tenants = new Set<string>();
  for (const prefix of [BORN, CACHED]) {
    for await (const tenant of tenantsOf(store, prefix, options)) tenants.add(tenant);
  }
  let [bytes, responses, conversations, cache] = [0, 0, 0, 0];
  for (const tenant of tenants) {
    const usage = await countedUsage(store, tenant, options);
    bytes += usage.bytes;
    responses += usage.responses;
    conversations += usage.conversations;
    cache += usage.cache;
  }
  return { tenants: tenants.size, bytes, responses, conversations, cache };
}

/**
 * A tenant's actual usage, by reading all its records. Equals {@linkcode countedUsage} unless somebody writes meanwhile
 * or the counters are wrong.
 */
export async function recountUsage(
  store: KvStore,
  tenant: string,
  options?: StoreOptions,
): Promise<Usage> {
  let [bytes, responses, conversations, cache] = [0, 0, 0, 0];
  const each = (prefix: Key) => store.list(prefix, options);
  const charged = new Set<string>();
  for await (const { key, value } of each([tenant, "run"])) {
    const run = decodeRecord(runSchema, value, key.at(-1)!);
    if (run.charged === 0) continue; // older than the counters
    charged.add(run.id);
    responses++;
    bytes += run.charged + (run.end === null ? run.reserved : 0);
  }
  for await (const { key, value } of each([tenant, "ingest"])) {
    responses++;
    bytes += decodeRecord(ingestSchema, value, key.at(-1)!).reserved;
  }
  for await (const { key, value } of each([...GARBAGE, tenant])) {
    const record = decodeRecord(garbageSchema, value, key.at(-1)!);
    if (record.charged > 0) charged.add(key.at(-1)!);
    bytes += record.charged;
  }
  for await (const { key, value } of each([tenant, "log"])) {
    if (charged.has(key[2]!)) bytes += value.length;
  }
  for await (const { key, value } of each([tenant, "node"])) {
    bytes += decodeRecord(nodeSchema, value, key.at(-1)!).charged;
  }
  for await (const { key, value } of each([tenant, "manifest"])) {
    bytes += decodeRecord(manifestSchema, value, key.at(-1)!).charged;
  }
  for await (const { key, value } of each([tenant, "head"])) {
    bytes += decodeRecord(headSchema, value, key.at(-1)!).charged;
  }
  for await (const { key, value } of each([tenant, "conversation"])) {
    const { charged } = decodeRecord(conversationSchema, value, key.at(-1)!);
    if (charged > 0) conversations++;
    bytes += charged;
  }
  for await (const { key, value } of each([tenant, "completion"])) {
    bytes += decodeRecord(completionSchema, value, key.at(-1)!).charged;
  }
  for await (const { key, value } of each(cachedPrefix(tenant))) {
    cache += decodeRecord(cachedSchema, value, key.at(-1)!).bytes;
  }
  return { bytes, responses, conversations, cache };
}
