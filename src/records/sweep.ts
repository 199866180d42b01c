import { StoreClosedError, StoreUnavailableError } from "../store/errors.ts";
import type { Key, KvStore, StoreOptions } from "../store/kv_store.ts";

/** Called for each item that a sweep had to skip. */
export type OnSweepError = (error: unknown) => void;

/**
 * Runs a sweep's work on one item. A failure of that item alone, such as a damaged record, must not stop the sweep.
 *
 * @throws {StoreUnavailableError | StoreClosedError} failures of the whole store
 */
export async function sweepOne(
  onError: OnSweepError,
  sweep: () => Promise<unknown>,
): Promise<void> {
  try {
    await sweep();
  } catch (error) {
    if (error instanceof StoreUnavailableError || error instanceof StoreClosedError) throw error;
    onError(error);
  }
}

/** Sorts after all other texts in the order of keys. */
const LAST = "\u{10ffff}";

/**
 * The tenants that have entries under a prefix shared by all tenants; the next part of the key is the tenant. Reads one
 * entry for each tenant, however many it has.
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
