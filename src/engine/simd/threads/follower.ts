import type { Kernels } from "../kernels.ts";
import { type Board, isReached, phaseAfter } from "./board.ts";
import { lookUntil } from "./look_until.ts";

/** For so many milliseconds it looks for the next phase of a run before it sleeps: longer than threads differ in one. */
const LOOK_MS = 0.05;
/** For so long it looks for the next run: a token is sampled meanwhile. */
const LOOK_BETWEEN_MS = 0.3;
/** How long it sleeps before it goes back to its messages, where it can be ended. */
const SLEEP_MS = 100;

/** A thread that takes its share of each phase, if it comes in time: see `Leader`. */
export class Follower {
  readonly #board: Board;
  readonly #memory: Int32Array;
  readonly #execute: Kernels["execute"];
  readonly #share: number;
  /** The phase that it was in last. */
  #phase: number;
  /** The last phase of the run that that was in, as far as it knows. */
  #last: number;

  /** @param share which it takes, from 1: 0 is that of who leads */
  constructor(
    board: Board,
    { memory, execute }: Pick<Kernels, "memory" | "execute">,
    share: number,
  ) {
    this.#board = board;
    this.#memory = new Int32Array(memory.buffer);
    this.#execute = execute;
    this.#share = share;
    this.#phase = this.#last = board.phase;
  }

  /**
   * Takes part in runs until there have been none for a while, or there will be none.
   *
   * @returns whether there may be more
   */
  follow(): boolean {
    const board = this.#board;
    board.comeBack(this.#share);
    for (;;) {
      const ms = this.#phase === this.#last ? LOOK_BETWEEN_MS : LOOK_MS;
      if (!lookUntil(this.#isNext, ms)) {
        if (board.sleepUntilPhase(() => !this.#isNext(), SLEEP_MS)) continue;
        board.leave(this.#share);
        if (!this.#isNext()) return true;
        board.comeBack(this.#share);
      }
      if (board.isEnded) return false;
      const begun = board.phase;
      this.#phase = isLater(begun, this.#phase) ? begun : phaseAfter(this.#phase);
      if (board.take(this.#share, this.#phase)) this.#compute();
      else this.#last = this.#phase; // somebody was faster: the run may have ended meanwhile
    }
  }

  /** Whether there is a phase after the last: it was begun, or all have done the last, and the run goes on. */
  readonly #isNext = (): boolean => {
    return isLater(this.#board.phase, this.#phase) ||
      (this.#phase !== this.#last && this.#board.areAllDone(this.#phase));
  };

  /** Computes the share of a phase that was taken. Until it is done, the run stays what it is. */
  #compute(): void {
    const { first, phases, bounds } = this.#board.run;
    this.#last = phaseAfter(first, phases - 1);
    const at = bounds + phaseAfter(this.#phase, -first) * this.#board.shares + this.#share;
    try {
      this.#execute(this.#memory[at]!, this.#memory[at + 1]!);
    } catch (error) {
      this.#board.fail(); // or who leads would wait
      throw error;
    } finally {
      this.#board.finish(this.#share, this.#phase);
    }
  }
}

function isLater(phase: number, than: number): boolean {
  return phase !== than && isReached(than, phase);
}
