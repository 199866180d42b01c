import type { Key, KvStore, StoreOptions } from "../store/kv_store.ts";

/** Comes after all other texts in the order of keys. */
const LAST = "\u{10ffff}";

/**
 * The tenants that have something under a key that is everyone's, of which the next part is the tenant. Reads one entry
 * for each, however many there are.
 */
export async function* tenantsOf(
  store: KvStore,
  prefix: Key,
  options?: StoreOptions,
): AsyncGenerator<string> {
  let after: Key | undefined;
  for (;;) {
    const page = { ...options, limit: 1, ...after === undefined ? {} : { after } };
    const [first] = await Array.fromAsync(store.list(prefix, page));
    const tenant = first?.key[prefix.length];
    if (tenant === undefined) return;
    yield tenant;
    after = [...prefix, tenant, LAST];
  }
}
