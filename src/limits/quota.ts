import type { KvStore } from "../store/kv_store.ts";

/** The storage limits of a tenant. `Infinity`: unlimited. */
export interface Quota {
  /** Bytes of stored responses and conversations. */
  readonly bytes: number;
  /** Number of stored responses. */
  readonly responses: number;
  /** Number of stored conversations. */
  readonly conversations: number;
  /** Time to live of unused responses and conversations, in milliseconds. */
  readonly ageMs: number;
  /** Bytes of cached states. Beyond this the least recently used are evicted; requests are never refused. */
  readonly cacheBytes: number;
  /**
   * Called before new data is stored, for any tenant.
   *
   * @throws {StoreRefusedError} if the store does not accept new data
   */
  readonly requireSpace?: () => void;
}

/** Dependencies of classes that store data under a quota. */
export interface QuotaParts {
  readonly store: KvStore;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The quota of each tenant. Absent: unlimited. */
  readonly quotas?: Quotas;
}

/** The quota of each tenant. */
export type Quotas = (tenant: string) => Quota;

/** A quota without limits. */
export const UNLIMITED: Quota = {
  bytes: Infinity,
  responses: Infinity,
  conversations: Infinity,
  ageMs: Infinity,
  cacheBytes: Infinity,
};
