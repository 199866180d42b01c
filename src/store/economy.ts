/** How a store is used so that it costs little: what is cheap in one is dear in another. */
export interface StoreEconomy {
  /** Bytes of the chunks that large values are cut into, at most what the store takes as a value. */
  readonly chunkBytes: number;
  /** Milliseconds for which the pieces of an answer gather until they are written. The first ones do not wait. */
  readonly groupMs: number;
  /** Tokens of a prompt from which on it costs less to keep the state after it than to read it again. */
  readonly leastPrompt: number;
}

/** Of stores where writes cost nothing but time: chunks are what a value of every store takes. */
export const DEFAULT_ECONOMY: StoreEconomy = {
  chunkBytes: 60 * 1024,
  groupMs: 0,
  leastPrompt: 0,
};
