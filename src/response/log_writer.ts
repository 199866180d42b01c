import type { Piece } from "../engine/generate.ts";
import { nextTask } from "../engine/next_task.ts";
import type { HeldRun } from "./held_run.ts";

/** Pieces that may wait to become durable before the making of the answer has to wait. */
const MOST_WAITING = 256;

/**
 * Makes the pieces of an answer durable, by group commit: while one group is being written the next one gathers, and
 * goes out in one write.
 */
export class LogWriter {
  readonly #run: HeldRun;
  readonly #onDurable: (pieces: readonly Piece[]) => void;
  #waiting: Piece[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closing = false;
  readonly #groupMs: number;
  /** Ends the gathering of a group early. */
  #gathered: (() => void) | undefined;

  /**
   * @param onDurable called with each group when it is durable
   * @param groupMs milliseconds for which a group gathers after the one before it was written
   */
  constructor(run: HeldRun, onDurable: (pieces: readonly Piece[]) => void, groupMs = 0) {
    this.#run = run;
    this.#onDurable = onDurable;
    this.#groupMs = groupMs;
  }

  /**
   * Adds pieces, and waits if too many wait already.
   *
   * @throws what a write before threw
   */
  async add(pieces: readonly Piece[]): Promise<void> {
    this.#throwFailure();
    this.#waiting.push(...pieces);
    this.#writing ??= this.#write();
    if (this.#waiting.length > MOST_WAITING) this.#gathered?.();
    while (this.#waiting.length > MOST_WAITING && this.#writing !== undefined) await this.#writing;
    this.#throwFailure();
  }

  /**
   * Waits for the group under way, and begins no other.
   *
   * @returns the pieces that are not durable, for who ends the response to write
   * @throws what a write threw
   */
  async rest(): Promise<readonly Piece[]> {
    await this.settled();
    this.#throwFailure();
    return this.#waiting;
  }

  /** The pieces that are not durable. None when a write failed. */
  get waiting(): readonly Piece[] {
    return this.#waiting;
  }

  /** What a write threw. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Waits for the group under way, and begins no other. */
  async settled(): Promise<void> {
    this.#closing = true;
    this.#gathered?.();
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      for (;;) {
        // What has arrived goes together: the pieces of one message, or all that came while the store kept this thread.
        await nextTask();
        if (this.#waiting.length === 0 || this.#closing) break;
        const group = this.#waiting;
        this.#waiting = [];
        await this.#run.append(group);
        this.#onDurable(group);
        await this.#gather();
      }
    } catch (error) {
      this.#failure = { error };
      this.#waiting = [];
    } finally {
      this.#writing = undefined;
    }
  }

  async #gather(): Promise<void> {
    if (this.#groupMs === 0 || this.#closing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gathered = resolve;
    const timer = setTimeout(resolve, this.#groupMs);
    await promise;
    clearTimeout(timer);
    this.#gathered = undefined;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
