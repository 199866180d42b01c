/** What the threads of a team tell each other by, in memory that they share. */
export type TeamWords = Int32Array<SharedArrayBuffer>;

/** Numbers from one word to the next that others write: each has a cache line of its own. */
const LINE = 16;

/**
 * Where the words are, of those that are there once. Phases are numbered from the first run on; numbers wrap around.
 *
 * | | |
 * |---|---|
 * | `PHASE` | the phase that who leads computes |
 * | `FIRST`, `PHASES`, `BOUNDS` | of the run under way: its first phase, how many, and where `Plan.bounds` lies, in words |
 * | `FOLLOWERS_ASLEEP` | how many sleep until `PHASE` changes |
 * | `LEADER_ASLEEP` | whether who leads sleeps until a share is done |
 * | `ENDED` | whether there will be no more runs |
 * | `FAILED` | whether a thread has failed |
 */
export const PHASE = 3; // beside what else is written with it: see `taken`
export const FIRST = LINE;
export const PHASES = LINE + 1;
export const BOUNDS = LINE + 2;
export const FOLLOWERS_ASLEEP = 2 * LINE;
export const LEADER_ASLEEP = 3 * LINE;
export const ENDED = 4 * LINE;
export const FAILED = 5 * LINE;
const FOLLOWERS = 6 * LINE;

/** The last phase of which somebody has taken a share. Whoever takes one computes it. */
export function taken(share: number): number {
  return share === 0 ? 0 : FOLLOWERS + share * LINE;
}

/** The last phase of which a share is done. */
export function done(share: number): number {
  return taken(share) + 1;
}

/** Where the thread of a share is: one of those below. */
export function place(share: number): number {
  return taken(share) + 2;
}

/** It takes part in runs, or waits for them. */
export const HERE = 0;
/** It is with its messages, and has to be called from there. */
export const AWAY = 1;
/** It was called. */
export const CALLED = 2;

/** Memory for so many shares. */
export function teamWords(shares: number): TeamWords {
  const words = taken(shares);
  return new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether a phase has been reached, where another is now. */
export function isReached(phase: number, now: number): boolean {
  return ((now - phase) | 0) >= 0;
}

/**
 * Takes a share of a phase, unless somebody has.
 *
 * @returns whether it was there to take
 */
export function take(words: TeamWords, share: number, phase: number): boolean {
  const at = taken(share);
  const last = Atomics.load(words, at);
  return !isReached(phase, last) && Atomics.compareExchange(words, at, last, phase) === last;
}

/** Lets a processor rest that looks at one place again and again, where the runtime can say so. */
const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});

/** So often it looks at first without a rest: most that wait within a run, do so for less than a millionth of a second. */
const EAGER_LOOKS = 100;
/** Looks from one look at the clock to the next. */
const LOOKS = 16;

/**
 * Looks until something is so, for a while.
 *
 * @returns whether it is
 */
export function lookUntil(isSo: () => boolean, ms: number): boolean {
  for (let look = 0; look < EAGER_LOOKS; look++) {
    if (isSo()) return true;
  }
  const end = performance.now() + ms;
  do {
    for (let look = 0; look < LOOKS; look++) {
      if (isSo()) return true;
      pause();
    }
  } while (performance.now() < end);
  return false;
}
