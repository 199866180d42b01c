import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import { expire } from "./expire.ts";
import { sweepImports } from "../portable/import_note.ts";
import { type Quotas, UNLIMITED } from "../limits/quota.ts";
import type { OnSweepError } from "../records/sweep_one.ts";

/** What a {@linkcode Cleanup} is made of. */
export interface CleanupOptions {
  readonly store: KvStore;
  readonly tree: ResponseTree;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** What each tenant may keep. Absent: any amount. */
  readonly quotas?: Quotas;
}

/** Deletes from the store what has become too old, and what nothing refers to. */
export class Cleanup {
  readonly #options: CleanupOptions;

  constructor(options: CleanupOptions) {
    this.#options = options;
  }

  /** Frees what crashed writers left behind, and deleted responses that nothing needs any more. */
  async sweep(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    const { store, tree, now } = this.#options;
    await sweepImports(store, now(), onError, options);
    await tree.sweep(onError, options);
  }

  /** Deletes cached states that were not used for a while, and everything older than its tenant keeps it. */
  async expire(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    const { store, tree, now, quotas = () => UNLIMITED } = this.#options;
    await tree.expireCache(onError, options);
    await expire({ store, now, quotas }, onError, options);
  }
}
