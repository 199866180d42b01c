import { type Quotas, UNLIMITED } from "../limits/quota.ts";
import { sweepImports } from "../portable/import_note.ts";
import type { OnSweepError } from "../records/sweep.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import { expire } from "./expire.ts";

/** Dependencies of {@linkcode Cleanup}. */
export interface CleanupOptions {
  readonly store: KvStore;
  readonly tree: ResponseTree;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The quota of each tenant. Absent: unlimited. */
  readonly quotas?: Quotas;
}

/** Deletes expired and unreferenced data from the store. */
export class Cleanup {
  readonly #options: CleanupOptions;

  constructor(options: CleanupOptions) {
    this.#options = options;
  }

  /** Deletes the leftovers of crashed writers, and deleted responses that are no longer referenced. */
  async sweep(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    const { store, tree, now } = this.#options;
    await sweepImports(store, now(), onError, options);
    await tree.sweep(onError, options);
  }

  /** Deletes cached states that were not used recently, and data older than the tenant's time to live. */
  async expire(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    const { store, tree, now, quotas = () => UNLIMITED } = this.#options;
    await tree.expireCache(onError, options);
    await expire({ store, now, quotas }, onError, options);
  }
}
