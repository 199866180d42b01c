import { Cleanup } from "../../src/cleanup/cleanup.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import type { KvStore } from "../../src/store/kv_store.ts";

/** The cleanup of a server without quotas. */
export function cleanupOf(store: KvStore, now: () => number): Cleanup {
  return new Cleanup({ store, now, tree: new ResponseTree({ store, now }) });
}
