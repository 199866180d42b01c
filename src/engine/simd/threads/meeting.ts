import type { Run } from "../value.ts";
import { ThreadFailedError } from "./thread_error.ts";

/** Numbers from one word to the next: each has a cache line of its own. */
const LINE = 16;
const GENERATION = 0;
const ARRIVED = LINE;
const SLEEPERS = 2 * LINE;
const FAILED = 3 * LINE;
const RUNS = 4 * LINE;
const WAITING = 5 * LINE;
const PARKED = 6 * LINE;
/** What the run is: tokens, sequences, those that end, the table. Without tokens threads are to end. */
const RUN = 7 * LINE;
const WORDS = 8 * LINE;

/**
 * How often it looks before it sleeps: for three milliseconds, within a run. A thread that sleeps at each meeting is woken
 * on the processor of who wakes it, again and again, and a system that sees one thread awake at a time leaves both there.
 * Two that are awake get a processor each at its next tick. What is spent so is held down by who leads: see `Pace`.
 */
const LOOKS = 100_000;
/** How often it looks for the next run: for a millisecond, in which most are there. */
const LOOKS_BETWEEN = 30_000;
/** A thread that nobody has woken for so long, within a run, will not be. */
const PATIENCE_MS = 30_000;
/** How long a thread sleeps between runs before it goes back to its messages, where it can be ended. */
const PARK_MS = 100;

/** What threads meet by, in memory that they share. */
export type MeetingWords = Int32Array<SharedArrayBuffer>;

/** Memory for a {@linkcode Meeting}. */
export function meetingWords(): MeetingWords {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Where the threads of a model meet, each with an object of its own over the same words: at the beginning of a run, and then
 * whenever all have to have come as far.
 */
export class Meeting {
  readonly #words: MeetingWords;
  readonly #count: number;
  /** The last run that a thread took part in. */
  #runs: number;

  /** @param count threads */
  constructor(words: MeetingWords, count: number) {
    this.#words = words;
    this.#count = count;
    this.#runs = Atomics.load(words, RUNS);
  }

  /**
   * Waits until all threads are here. What any of them has written before, all see after.
   *
   * @throws {ThreadFailedError}
   */
  readonly meet = (): void => {
    const words = this.#words;
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.#count - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, GENERATION);
      return;
    }
    const isHere = this.#look(GENERATION, generation, LOOKS) || this.#sleep(generation);
    if (!isHere) this.fail();
    this.#check();
  };

  /**
   * Who leads: begins a run.
   *
   * @returns whether some of the others are with their messages, and are to be called from there
   * @throws {ThreadFailedError}
   */
  begin({ tokens, sequences, ending, table }: Run): boolean {
    this.#check();
    const words = this.#words;
    words.set([tokens, sequences, ending, table], RUN);
    Atomics.add(words, RUNS, 1);
    if (Atomics.load(words, WAITING) > 0) Atomics.notify(words, RUNS);
    return Atomics.load(words, PARKED) > 0;
  }

  /** Who leads: says that there will be no more runs. */
  end(): void {
    Atomics.store(this.#words, RUN, 0);
    Atomics.add(this.#words, RUNS, 1);
    Atomics.notify(this.#words, RUNS);
  }

  /**
   * Who follows: waits for the next run.
   *
   * @returns undefined if none begins for a while
   */
  next(): Run | undefined {
    const words = this.#words;
    if (!this.#look(RUNS, this.#runs, LOOKS_BETWEEN)) {
      Atomics.add(words, WAITING, 1);
      Atomics.wait(words, RUNS, this.#runs, PARK_MS);
      Atomics.sub(words, WAITING, 1);
    }
    return this.#take();
  }

  /**
   * Who follows: says that it goes to its messages, unless a run has begun meanwhile.
   *
   * @returns whether it may go. Whoever begins a run later sees that it is to be called.
   */
  park(): boolean {
    Atomics.add(this.#words, PARKED, 1);
    if (Atomics.load(this.#words, RUNS) === this.#runs) return true;
    this.unpark();
    return false;
  }

  /** Who follows: says that it is back from its messages. */
  unpark(): void {
    Atomics.sub(this.#words, PARKED, 1);
  }

  /** Ends all waiting: nobody can go on. */
  fail(): void {
    Atomics.store(this.#words, FAILED, 1);
    Atomics.add(this.#words, GENERATION, 1);
    Atomics.notify(this.#words, GENERATION);
  }

  /** Whether a word changes while a thread looks at it. */
  #look(word: number, value: number, times: number): boolean {
    for (let look = 0; look < times; look++) {
      if (Atomics.load(this.#words, word) !== value) return true;
      pause();
    }
    return false;
  }

  /** Whether the next generation begins before patience ends. */
  #sleep(generation: number): boolean {
    Atomics.add(this.#words, SLEEPERS, 1);
    const outcome = Atomics.wait(this.#words, GENERATION, generation, PATIENCE_MS);
    Atomics.sub(this.#words, SLEEPERS, 1);
    return outcome !== "timed-out";
  }

  #take(): Run | undefined {
    const words = this.#words;
    if (Atomics.load(words, RUNS) === this.#runs) return undefined;
    this.#runs++;
    const [tokens = 0, sequences = 0, ending = 0, table = 0] = words.subarray(RUN, RUN + 4);
    return { tokens, sequences, ending, table };
  }

  #check(): void {
    if (Atomics.load(this.#words, FAILED) === 0) return;
    throw new ThreadFailedError("A thread that computes the model failed, or does not answer");
  }
}

/** Lets a processor rest that looks at one place again and again, where the runtime can say so. */
const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});
