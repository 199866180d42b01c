import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { receiptKey } from "../records/keys.ts";

/** How long a request may be repeated, in milliseconds: as long as its result would be kept. */
const KEPT_MS = 24 * 60 * 60_000;

/**
 * Part of the commit that does what a request asks for: it says so. Whoever repeats the request knows then that it was
 * done, even if the first attempt could not say so any more.
 */
export function receiptWrite(tenant: string, request: string): Write {
  return { key: receiptKey(tenant, request), value: new Uint8Array(), expireIn: KEPT_MS };
}

/** Part of the same commit: it fails if the request was done before. */
export function receiptCheck(tenant: string, request: string): Check {
  return { key: receiptKey(tenant, request), version: undefined };
}

/** Whether a request was done. */
export async function hasReceipt(
  store: KvStore,
  tenant: string,
  request: string,
  options?: StoreOptions,
): Promise<boolean> {
  return await store.get(receiptKey(tenant, request), options) !== undefined;
}
