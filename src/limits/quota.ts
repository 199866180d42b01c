import type { KvStore } from "../store/kv_store.ts";

/** What a tenant may keep. `Infinity` is any amount. */
export interface Quota {
  /** Bytes of stored responses and conversations. */
  readonly bytes: number;
  /** Stored responses. */
  readonly responses: number;
  readonly conversations: number;
  /** Milliseconds after which what was stored, and is not used, goes. */
  readonly ageMs: number;
  /** Bytes of states that only save work. The least recently used go first; nothing is refused for it. */
  readonly cacheBytes: number;
  /**
   * Called before something new is stored, whoever it is for.
   *
   * @throws {StoreRefusedError} if the store is to take nothing new
   */
  readonly requireSpace?: () => void;
}

/** What those keep things with that count. */
export interface QuotaParts {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** What each tenant may keep. Absent: any amount. */
  readonly quotas?: Quotas;
}

/** The quota of each tenant. */
export type Quotas = (tenant: string) => Quota;

/** Any amount of everything. */
export const UNLIMITED: Quota = {
  bytes: Infinity,
  responses: Infinity,
  conversations: Infinity,
  ageMs: Infinity,
  cacheBytes: Infinity,
};
