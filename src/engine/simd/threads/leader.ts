import type { Kernels } from "../kernels.ts";
import type { Plan } from "../plan.ts";
import {
  AWAY,
  BOUNDS,
  CALLED,
  done,
  ENDED,
  FAILED,
  FIRST,
  FOLLOWERS_ASLEEP,
  isReached,
  LEADER_ASLEEP,
  lookUntil,
  PHASE,
  PHASES,
  place,
  take,
  type TeamWords,
} from "./team_words.ts";
import { ThreadFailedError } from "./thread_error.ts";

/** For so many milliseconds it looks whether a share is done before it sleeps: longer than threads differ in a phase. */
const LOOK_MS = 0.02;
/** A thread that has not done its share after twice so many, will not. */
const PATIENCE_MS = 15_000;

/**
 * Who leads a team: goes through the phases of runs, and computes what nobody else does. Each of the others takes its share
 * of a phase if it is there in time; if it is not, since it sleeps or its processor is busy with something else, the share is
 * computed here. So it waits for a thread only if that has begun.
 */
export class Leader {
  readonly #words: TeamWords;
  readonly #execute: Kernels["execute"];
  readonly #patienceMs: number;
  #phase: number;

  /** @param patienceMs how long a thread may take for its share, twice */
  constructor(
    words: TeamWords,
    { execute }: Pick<Kernels, "execute">,
    patienceMs: number = PATIENCE_MS,
  ) {
    this.#patienceMs = patienceMs;
    this.#words = words;
    this.#execute = execute;
    this.#phase = Atomics.load(words, PHASE);
  }

  /** Whether a thread is to be called from its messages: once, each time that it has gone there. */
  isToBeCalled(share: number): boolean {
    const at = place(share);
    return Atomics.load(this.#words, at) === AWAY &&
      Atomics.compareExchange(this.#words, at, AWAY, CALLED) === AWAY;
  }

  /**
   * Computes all shares of all phases, with the others' help.
   *
   * @throws {ThreadFailedError}
   */
  run({ bounds, phases, shares }: Plan): void {
    const words = this.#words;
    words[FIRST] = (this.#phase + 1) | 0;
    words[PHASES] = phases;
    words[BOUNDS] = bounds.byteOffset / Int32Array.BYTES_PER_ELEMENT;
    for (let at = 0; at < phases * shares; at += shares) {
      this.#begin();
      this.#execute(bounds[at]!, bounds[at + 1]!);
      Atomics.store(words, done(0), this.#phase);
      for (let share = 1; share < shares; share++) {
        if (take(words, share, this.#phase)) {
          this.#execute(bounds[at + share]!, bounds[at + share + 1]!);
          Atomics.store(words, done(share), this.#phase);
        }
      }
      for (let share = 1; share < shares; share++) this.#await(share);
    }
  }

  /** Says that there will be no more runs. */
  end(): void {
    Atomics.store(this.#words, ENDED, 1);
    this.#begin();
  }

  #begin(): void {
    this.#phase = (this.#phase + 1) | 0;
    Atomics.store(this.#words, PHASE, this.#phase);
    if (Atomics.load(this.#words, FOLLOWERS_ASLEEP) > 0) Atomics.notify(this.#words, PHASE);
  }

  /** Waits until a share of this phase is done. */
  #await(share: number): void {
    const words = this.#words;
    const at = done(share);
    if (!isReached(this.#phase, Atomics.load(words, at))) this.#lookOrSleep(at);
    if (Atomics.load(words, FAILED) > 0) {
      throw new ThreadFailedError("A thread that computes the model failed");
    }
  }

  #lookOrSleep(at: number): void {
    const words = this.#words;
    const isDone = () => isReached(this.#phase, Atomics.load(words, at));
    let timeouts = 0;
    while (!lookUntil(isDone, LOOK_MS)) {
      Atomics.store(words, LEADER_ASLEEP, 1);
      const last = Atomics.load(words, at);
      const outcome = isDone() ? "ok" : Atomics.wait(words, at, last, this.#patienceMs);
      Atomics.store(words, LEADER_ASLEEP, 0);
      // The first time the whole process may have been stopped for so long.
      if (outcome === "timed-out" && ++timeouts === 2) {
        throw new ThreadFailedError("A thread that computes the model does not answer");
      }
    }
  }
}
