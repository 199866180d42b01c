/** Bytes that adapters without exact expiry add to each value, for the time when it expires. */
export const VALUE_OVERHEAD = 8;

/**
 * What every store takes at the most: the limits of Deno KV, the narrowest of them, less what the adapter adds.
 *
 * Bytes of a key are those of its encoding, {@linkcode encodeKey}.
 */
export const STORE_LIMITS = {
  /** Bytes of one key. */
  keyBytes: 2048,
  /** Bytes of one value. */
  valueBytes: 65_536 - VALUE_OVERHEAD,
  /**
   * Bytes of all keys and values of one commit. As Deno KV counts: a key that is given a value counts twice, and
   * every value has {@linkcode VALUE_OVERHEAD} more.
   */
  commitBytes: 819_200,
  /** Bytes of those keys of one commit that are given a value. */
  commitKeyBytes: 81_920,
  /** Writes of one commit. */
  commitWrites: 1000,
  /** Checks of one commit. */
  commitChecks: 100,
} as const;

/** What a store takes at the most. */
export type StoreLimits = Readonly<Record<keyof typeof STORE_LIMITS, number>>;

/** Entries that an adapter lists at once: a few megabytes at the most. */
export const ENTRIES_PER_PAGE = 64;
