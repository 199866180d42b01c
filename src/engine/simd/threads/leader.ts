import type { Kernels } from "../kernels.ts";
import type { Plan } from "../plan.ts";
import { type Board, phaseAfter } from "./board.ts";
import { lookUntil } from "./look_until.ts";
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
  readonly #board: Board;
  readonly #execute: Kernels["execute"];
  readonly #patienceMs: number;
  #phase: number;

  /** @param patienceMs how long a thread may take for its share, twice */
  constructor(
    board: Board,
    { execute }: Pick<Kernels, "execute">,
    patienceMs: number = PATIENCE_MS,
  ) {
    this.#board = board;
    this.#execute = execute;
    this.#patienceMs = patienceMs;
    this.#phase = board.phase;
  }

  /**
   * Computes all shares of all phases, with the others' help.
   *
   * @throws {ThreadFailedError}
   */
  run({ bounds, phases, shares }: Plan): void {
    const board = this.#board;
    board.run = {
      first: phaseAfter(this.#phase),
      phases,
      bounds: bounds.byteOffset / Int32Array.BYTES_PER_ELEMENT,
    };
    for (let at = 0; at < phases * shares; at += shares) {
      const phase = this.#begin();
      for (let share = 0; share < shares; share++) {
        if (share > 0 && !board.take(share, phase)) continue;
        this.#execute(bounds[at + share]!, bounds[at + share + 1]!);
        board.finish(share, phase);
      }
      for (let share = 1; share < shares; share++) this.#await(share);
    }
  }

  /** Says that there will be no more runs. */
  end(): void {
    this.#board.end();
    this.#begin();
  }

  #begin(): number {
    this.#phase = phaseAfter(this.#phase);
    this.#board.begin(this.#phase);
    return this.#phase;
  }

  /** Waits until a share of this phase is done. */
  #await(share: number): void {
    const board = this.#board;
    if (!board.isDone(share, this.#phase)) this.#lookOrSleep(share);
    if (board.isFailed) throw new ThreadFailedError("A thread that computes the model failed");
  }

  #lookOrSleep(share: number): void {
    const board = this.#board;
    let timeouts = 0;
    while (!lookUntil(() => board.isDone(share, this.#phase), LOOK_MS)) {
      if (board.sleepUntilDone(share, this.#phase, this.#patienceMs)) continue;
      // The first time the whole process may have been stopped for so long.
      if (++timeouts === 2) {
        throw new ThreadFailedError("A thread that computes the model does not answer");
      }
    }
  }
}
