import type { z } from "zod";
import type { Check, KvStore, StoreOptions } from "../store/kv_store.ts";
import { UnknownResponseError } from "../records/errors.ts";
import { nodeKey } from "../records/keys.ts";
import { decodeRecord, nodeSchema } from "../records/record.ts";
import { isResponseId } from "../records/response_id.ts";

/** The record of a stored response. */
export type StoredNode = z.infer<typeof nodeSchema>;

/**
 * The record of a response that is stored, be it only because others continue it.
 *
 * @throws {UnknownResponseError} if this tenant has none of this id.
 */
export async function loadNode(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<StoredNode> {
  return (await readNode(store, tenant, id, options)).node;
}

/**
 * What a commit has to check so that a response is still there when something refers to it.
 *
 * @throws {UnknownResponseError} if this tenant has none of this id, or has deleted it.
 */
export async function nodeCheck(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<Check> {
  const { node, check } = await readNode(store, tenant, id, options);
  if (node.deleted) throw new UnknownResponseError(id);
  return check;
}

/**
 * A response and all before it, the latest first.
 *
 * @throws {UnknownResponseError} if one is not stored.
 */
export async function* ancestry(
  store: KvStore,
  tenant: string,
  id: string | null,
  options?: StoreOptions,
): AsyncGenerator<StoredNode> {
  for (let at = id; at !== null;) {
    const node = await loadNode(store, tenant, at, options);
    yield node;
    at = node.parent;
  }
}

async function readNode(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<{ readonly node: StoredNode; readonly check: Check }> {
  const key = nodeKey(tenant, id);
  const entry = isResponseId(id) ? await store.get(key, options) : undefined;
  if (entry === undefined) throw new UnknownResponseError(id);
  return {
    node: decodeRecord(nodeSchema, entry.value, id),
    check: { key, version: entry.version },
  };
}
