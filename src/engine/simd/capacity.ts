/** Tokens of one run: enough to fill the matrix products, few enough to stay in the caches. */
const MAX_TOKENS = 64;
/** Sequences of one run. */
const MAX_SEQUENCES = 8;
/**
 * States that stay in the engine's memory between runs: those of as many answers as a server makes at once by default,
 * and of some that wait. The host provides memory only for slots that have been used.
 */
const SLOTS = 24;
/** Of a host that answers one request at a time, and has little memory. */
export const SMALL_CAPACITY = { tokens: MAX_TOKENS, sequences: 1, slots: 2 } as const;
/** What a program of the engine has room for. */
export const CAPACITY = { tokens: MAX_TOKENS, sequences: MAX_SEQUENCES, slots: SLOTS } as const;
