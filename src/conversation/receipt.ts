import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { receiptKey } from "../records/keys.ts";

/** How long retries are recognised, in milliseconds: as long as results of requests are stored. */
const KEPT_MS = 24 * 60 * 60_000;

/**
 * A write, in the commit that applies a request, which records that the request was applied. A retry then knows that,
 * even if the first attempt could not reply any more.
 */
export function receiptWrite(tenant: string, request: string): Write {
  return { key: receiptKey(tenant, request), value: new Uint8Array(), expireIn: KEPT_MS };
}

/** A check of the same commit: it fails if the request was applied before. */
export function receiptCheck(tenant: string, request: string): Check {
  return { key: receiptKey(tenant, request), version: undefined };
}

/** Whether a request was applied. */
export async function hasReceipt(
  store: KvStore,
  tenant: string,
  request: string,
  options?: StoreOptions,
): Promise<boolean> {
  return await store.get(receiptKey(tenant, request), options) !== undefined;
}
