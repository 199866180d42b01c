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
