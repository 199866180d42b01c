import { counterValue } from "../../src/store/counter.ts";
import type { Entry, KvStore } from "../../src/store/kv_store.ts";

/** All that a store holds, but for counters that are at nothing. */
export async function kept(store: KvStore): Promise<Entry[]> {
  const all = await Array.fromAsync(store.list([]));
  return all.filter((entry) => entry.key[1] !== "usage" || counterValue(entry) !== 0);
}
