import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import type { ConversationStore } from "./conversation_store.ts";
import { expire } from "./expire.ts";
import { sweepImports } from "./portable/import_note.ts";
import { type Quotas, UNLIMITED } from "./quota.ts";
import type { OnSweepError } from "./sweep_one.ts";

/** What a {@linkcode Cleanup} is made of. */
export interface CleanupOptions {
  readonly store: KvStore;
  readonly conversations: ConversationStore;
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
    const { store, conversations, now } = this.#options;
    await sweepImports(store, now(), onError, options);
    await conversations.sweep(onError, options);
  }

  /** Deletes cached states that were not used for a while, and everything older than its tenant keeps it. */
  async expire(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    const { store, conversations, now, quotas = () => UNLIMITED } = this.#options;
    await conversations.expireCache(onError, options);
    await expire({ store, now, quotas }, onError, options);
  }
}
