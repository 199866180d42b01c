import type { Piece } from "../engine/generate.ts";
import type { RunEnd } from "../tree/run.ts";
import { untilAborted } from "../stream/until_aborted.ts";

/** Pieces that are kept for readers. Who falls further behind reads from the store. */
const KEPT = 512;

/**
 * A response that is made here, for those who follow it here: its latest pieces, each durable before it is put here.
 * What it holds does not grow with the answer.
 */
export class LiveRun {
  /** The last pieces. */
  readonly #tail: Piece[] = [];
  /** Pieces before the tail. */
  #before: number;
  #end: RunEnd | undefined;
  #changed = Promise.withResolvers<void>();
  #readers = 0;

  /** @param before pieces that were durable already */
  constructor(before: number) {
    this.#before = before;
  }

  /** How it ended, once it has. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** Those who wait for more. */
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

  /** Says how it ended, when that is durable. */
  finish(end: RunEnd): void {
    this.#end = end;
    this.wake();
  }

  /** Makes everybody look again, here or elsewhere. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The pieces after so many, or `undefined` if they are no longer here. */
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
