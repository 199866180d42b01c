import type { Piece } from "../engine/generate.ts";
import { nextTask } from "../engine/next_task.ts";
import type { HeldRun } from "./held_run.ts";

/** Pieces that gather before a write if nobody sees them before the end. */
const UNSEEN_TOGETHER = 128;

/** The most pieces that wait to become durable before generation has to wait. */
const MOST_WAITING = 256;

/** Makes the pieces of an answer durable by group commit: while one group is being written, the next one gathers. */
export class LogWriter {
  readonly #run: HeldRun;
  readonly #onDurable: (pieces: readonly Piece[]) => void;
  /** Pieces that gather before a write begins. */
  readonly #together: number;
  #waiting: Piece[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closing = false;
  readonly #groupMs: number;
  /** Resolves when the next group is durable. */
  #durable = Promise.withResolvers<void>();
  /** Ends the gathering of a group early. */
  #gathered: (() => void) | undefined;

  /**
   * @param onDurable called with each group when it is durable
   * @param groupMs how long a group gathers at least, in milliseconds, after the previous one was written
   */
  constructor(run: HeldRun, onDurable: (pieces: readonly Piece[]) => void, groupMs = 0) {
    this.#run = run;
    // A client that waits for the whole answer, and abandons it when it leaves, loses nothing by later writes.
    this.#together = run.run.leaving === "drop" ? UNSEEN_TOGETHER : 1;
    this.#onDurable = onDurable;
    this.#groupMs = groupMs;
  }

  /**
   * Adds pieces, and waits if too many are pending.
   *
   * @throws the error of an earlier write
   */
  async add(pieces: readonly Piece[]): Promise<void> {
    this.#throwFailure();
    this.#waiting.push(...pieces);
    if (this.#waiting.length >= this.#together) this.#writing ??= this.#write();
    while (this.#waiting.length > MOST_WAITING && this.#writing !== undefined) {
      this.#gathered?.();
      await Promise.race([this.#writing, this.#durable.promise]);
    }
    this.#throwFailure();
  }

  /**
   * Waits for the current group, and starts no other.
   *
   * @returns the pieces that are not durable, to be written with the end of the response
   * @throws the error of a write
   */
  async rest(): Promise<readonly Piece[]> {
    await this.settled();
    this.#throwFailure();
    return this.#waiting;
  }

  /** The pieces that are not durable. None after a write failed. */
  get waiting(): readonly Piece[] {
    return this.#waiting;
  }

  /** The error of a write. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Waits for the current group, and starts no other. */
  async settled(): Promise<void> {
    this.#closing = true;
    this.#gathered?.();
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      for (;;) {
        // All pending pieces form one group: those of one message, or all that arrived while the store blocked this
        // thread.
        await nextTask();
        if (this.#waiting.length < this.#together || this.#closing) break;
        const group = this.#waiting;
        this.#waiting = [];
        await this.#run.append(group);
        this.#onDurable(group);
        this.#durable.resolve();
        this.#durable = Promise.withResolvers();
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
