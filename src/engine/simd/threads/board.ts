/** The memory of a {@linkcode Board}. */
export type BoardWords = Int32Array<SharedArrayBuffer>;

/** Numbers from one word to the next that others write: each has a cache line of its own. */
const LINE = 16;
const FIRST = 0;
const PHASES = 1;
const BOUNDS = 2;
const FOLLOWERS_ASLEEP = LINE;
const LEADER_ASLEEP = 2 * LINE;
const ENDED = 3 * LINE;
const FAILED = 4 * LINE;
/** A line for each share, and in it what follows. */
const SHARES = 5 * LINE;
const TAKEN = 0;
const DONE = 1;
/** Where the thread of a share is: one of those below. */
const PLACE = 2;
const HERE = 0;
const AWAY = 1;
const CALLED = 2;
/** The phase under way is in the line of who leads, who writes it when its own share of the last one is done. */
const PHASE = SHARES + 3;

/** The run under way. */
export interface TeamRun {
  /** The number of its first phase. */
  readonly first: number;
  readonly phases: number;
  /** Where `Plan.bounds` lies, in words. */
  readonly bounds: number;
}

/**
 * Memory for a board.
 *
 * @param phase the number of the last phase that there was: what numbers begin at makes no difference
 */
export function boardWords(shares: number, phase = 0): BoardWords {
  const words = new Int32Array(
    new SharedArrayBuffer((SHARES + shares * LINE) * Int32Array.BYTES_PER_ELEMENT),
  );
  words[PHASE] = phase;
  for (let share = 0; share < shares; share++) {
    words.fill(phase, at(share, TAKEN), at(share, PLACE));
  }
  return words;
}

/**
 * What the threads of a team tell each other, each with an object of its own over the same words.
 *
 * Phases are numbered from the first run on; the numbers wrap around. Share 0 is that of who leads, and needs not be taken.
 */
export class Board {
  readonly shares: number;
  readonly #words: BoardWords;

  constructor(words: BoardWords) {
    this.#words = words;
    this.shares = (words.length - SHARES) / LINE;
  }

  /** The phase under way. */
  get phase(): number {
    return Atomics.load(this.#words, PHASE);
  }

  /** The run under way. It stays what it is until all shares of its last phase are done. */
  get run(): TeamRun {
    const words = this.#words;
    return { first: words[FIRST]!, phases: words[PHASES]!, bounds: words[BOUNDS]! };
  }

  /** Says what the phases from the next one on are, before they begin. */
  set run({ first, phases, bounds }: TeamRun) {
    this.#words[FIRST] = first;
    this.#words[PHASES] = phases;
    this.#words[BOUNDS] = bounds;
  }

  /** Begins a phase, and wakes who sleeps until then. */
  begin(phase: number): void {
    Atomics.store(this.#words, PHASE, phase);
    if (Atomics.load(this.#words, FOLLOWERS_ASLEEP) > 0) Atomics.notify(this.#words, PHASE);
  }

  /** Takes a share of a phase, unless somebody has. Whoever takes one computes it. Gives whether it was there to take. */
  take(share: number, phase: number): boolean {
    const words = this.#words;
    const word = at(share, TAKEN);
    const last = Atomics.load(words, word);
    return !isReached(phase, last) && Atomics.compareExchange(words, word, last, phase) === last;
  }

  /** Says that a share of a phase is done. What was written before, who sees this sees. */
  finish(share: number, phase: number): void {
    Atomics.store(this.#words, at(share, DONE), phase);
    if (Atomics.load(this.#words, LEADER_ASLEEP) > 0) Atomics.notify(this.#words, at(share, DONE));
  }

  isDone(share: number, phase: number): boolean {
    return isReached(phase, Atomics.load(this.#words, at(share, DONE)));
  }

  areAllDone(phase: number): boolean {
    for (let share = 0; share < this.shares; share++) {
      if (!this.isDone(share, phase)) return false;
    }
    return true;
  }

  /** Who leads: sleeps until a share of a phase is done. Gives whether it was in time. */
  sleepUntilDone(share: number, phase: number, ms: number): boolean {
    const words = this.#words;
    const word = at(share, DONE);
    Atomics.store(words, LEADER_ASLEEP, 1);
    const last = Atomics.load(words, word);
    const isInTime = isReached(phase, last) || Atomics.wait(words, word, last, ms) !== "timed-out";
    Atomics.store(words, LEADER_ASLEEP, 0);
    return isInTime;
  }

  /** Who follows: sleeps while `isToSleep` and no phase begins. Gives whether it was in time. */
  sleepUntilPhase(isToSleep: () => boolean, ms: number): boolean {
    const words = this.#words;
    Atomics.add(words, FOLLOWERS_ASLEEP, 1);
    const phase = this.phase;
    const isInTime = !isToSleep() || Atomics.wait(words, PHASE, phase, ms) !== "timed-out";
    Atomics.sub(words, FOLLOWERS_ASLEEP, 1);
    return isInTime;
  }

  /** The thread of a share says that it goes to its messages: from there it has to be called. */
  leave(share: number): void {
    Atomics.store(this.#words, at(share, PLACE), AWAY);
  }

  /** The thread of a share says that it is back. */
  comeBack(share: number): void {
    Atomics.store(this.#words, at(share, PLACE), HERE);
  }

  /** Whether the thread of a share is to be called from its messages: once, each time that it has gone there. */
  call(share: number): boolean {
    const word = at(share, PLACE);
    return Atomics.load(this.#words, word) === AWAY &&
      Atomics.compareExchange(this.#words, word, AWAY, CALLED) === AWAY;
  }

  /** Whether there will be no more runs. */
  get isEnded(): boolean {
    return Atomics.load(this.#words, ENDED) > 0;
  }

  end(): void {
    Atomics.store(this.#words, ENDED, 1);
  }

  /** Whether a thread has failed. */
  get isFailed(): boolean {
    return Atomics.load(this.#words, FAILED) > 0;
  }

  fail(): void {
    Atomics.store(this.#words, FAILED, 1);
  }
}

/** Whether a phase has been reached, where another is now. */
export function isReached(phase: number, now: number): boolean {
  return ((now - phase) | 0) >= 0;
}

/** The phase so many after another. */
export function phaseAfter(phase: number, count = 1): number {
  return (phase + count) | 0;
}

/** A word of a share. */
function at(share: number, word: number): number {
  return SHARES + share * LINE + word;
}
