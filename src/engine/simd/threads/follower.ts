import type { Kernels } from "../kernels.ts";
import {
  AWAY,
  BOUNDS,
  done,
  ENDED,
  FAILED,
  FIRST,
  FOLLOWERS_ASLEEP,
  HERE,
  isReached,
  LEADER_ASLEEP,
  lookUntil,
  PHASE,
  PHASES,
  place,
  take,
  type TeamWords,
} from "./team_words.ts";

/** For so many milliseconds it looks for the next phase of a run before it sleeps: longer than threads differ in one. */
const LOOK_MS = 0.05;
/** For so long it looks for the next run: a token is sampled meanwhile. */
const LOOK_BETWEEN_MS = 0.3;
/** How long it sleeps before it goes back to its messages, where it can be ended. */
const SLEEP_MS = 100;

/** Which share of each phase a thread takes. */
export interface Share {
  /** From 1: 0 is who leads. */
  readonly index: number;
  readonly count: number;
}

/** A thread that takes its share of each phase, if it comes in time: see `Leader`. */
export class Follower {
  readonly #words: TeamWords;
  readonly #memory: Int32Array;
  readonly #execute: Kernels["execute"];
  readonly #share: Share;
  /** The phase that it was in last. */
  #phase: number;
  /** The last phase of the run that that was in, as far as it knows. */
  #last: number;

  constructor(
    words: TeamWords,
    { memory, execute }: Pick<Kernels, "memory" | "execute">,
    share: Share,
  ) {
    this.#words = words;
    this.#memory = new Int32Array(memory.buffer);
    this.#execute = execute;
    this.#share = share;
    this.#phase = this.#last = Atomics.load(words, PHASE);
  }

  /**
   * Takes part in runs until there have been none for a while, or there will be none.
   *
   * @returns whether there may be more
   */
  follow(): boolean {
    const words = this.#words;
    for (;;) {
      const ms = this.#phase === this.#last ? LOOK_BETWEEN_MS : LOOK_MS;
      if (!lookUntil(this.#isNext, ms)) {
        if (this.#sleep()) continue;
        Atomics.store(words, place(this.#share.index), AWAY);
        if (!this.#isNext()) return true;
        this.comeBack();
      }
      if (Atomics.load(words, ENDED) > 0) return false;
      const begun = Atomics.load(words, PHASE);
      this.#phase = isReached(this.#phase, begun) && begun !== this.#phase ? begun : this.#after;
      if (take(words, this.#share.index, this.#phase)) this.#compute();
      else this.#last = this.#phase; // somebody was faster: the run may have ended meanwhile
    }
  }

  /** Says that it is back from its messages, before it follows again. */
  comeBack(): void {
    Atomics.store(this.#words, place(this.#share.index), HERE);
  }

  get #after(): number {
    return (this.#phase + 1) | 0;
  }

  /** Whether there is a phase after the last: it was begun, or all have done the last, and the run goes on. */
  readonly #isNext = (): boolean => {
    const words = this.#words;
    const phase = this.#phase;
    const begun = Atomics.load(words, PHASE);
    if (begun !== phase && isReached(phase, begun)) return true;
    if (phase === this.#last) return false;
    for (let share = 0; share < this.#share.count; share++) {
      if (!isReached(phase, Atomics.load(words, done(share)))) return false;
    }
    return true;
  };

  /** Sleeps until who leads begins a phase. Gives whether it did. */
  #sleep(): boolean {
    const words = this.#words;
    Atomics.add(words, FOLLOWERS_ASLEEP, 1);
    const begun = Atomics.load(words, PHASE);
    const outcome = this.#isNext() ? "ok" : Atomics.wait(words, PHASE, begun, SLEEP_MS);
    Atomics.sub(words, FOLLOWERS_ASLEEP, 1);
    return outcome !== "timed-out";
  }

  /** Computes the share of a phase that was taken. Until it is done, the run stays what it is. */
  #compute(): void {
    const words = this.#words;
    const { index, count } = this.#share;
    const first = words[FIRST]!;
    this.#last = (first + words[PHASES]! - 1) | 0;
    const at = words[BOUNDS]! + ((this.#phase - first) | 0) * count + index;
    try {
      this.#execute(this.#memory[at]!, this.#memory[at + 1]!);
    } catch (error) {
      Atomics.store(words, FAILED, 1); // or who leads would wait
      throw error;
    } finally {
      Atomics.store(words, done(index), this.#phase);
      if (Atomics.load(words, LEADER_ASLEEP) > 0) Atomics.notify(words, done(index));
    }
  }
}
