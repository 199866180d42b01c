import type { Piece } from "../engine/generate.ts";
import type { RunEnd } from "../tree/run.ts";
import { untilAborted } from "../stream/until_aborted.ts";

/** Pieces kept for followers. A follower that falls further behind reads from the store. */
const KEPT = 512;

/**
 * A run that is made here, for its followers in this process: its latest pieces, each durable before it is added. Its
 * memory does not grow with the answer.
 */
export class LiveRun {
  /** The latest pieces. */
  readonly #tail: Piece[] = [];
  /** How many pieces came before the tail. */
  #before: number;
  #end: RunEnd | undefined;
  #changed = Promise.withResolvers<void>();
  #readers = 0;

  /** @param before how many pieces were durable already */
  constructor(before: number) {
    this.#before = before;
  }

  /** How it ended; `undefined` while it is running. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** Followers that wait for more. */
  get readers(): number {
    return this.#readers;
  }

  /** Adds pieces that are durable. */
  publish(pieces: readonly Piece[]): void {
    this.#tail.push(...pieces);
    const excess = Math.max(0, this.#tail.length - KEPT);
    this.#tail.splice(0, excess);
    this.#before += excess;
    this.wake();
  }

  /** Sets how it ended, once that is durable. */
  finish(end: RunEnd): void {
    this.#end = end;
    this.wake();
  }

  /** Wakes all followers, so that they look again, here or elsewhere. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The pieces after the first `count`, or `undefined` if some have left the tail. */
  after(pieces: number): readonly Piece[] | undefined {
    const at = pieces - this.#before;
    return at < 0 ? undefined : this.#tail.slice(at);
  }

  /**
   * Resolves when there is something new.
   *
   * @throws the signal's reason when it aborts
   */
  async changed(signal: AbortSignal): Promise<void> {
    this.#readers++;
    try {
      await untilAborted(this.#changed.promise, signal);
    } finally {
      this.#readers--;
    }
  }
}
