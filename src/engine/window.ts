/**
 * Bounds how far a producer may be ahead of its consumer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const window = new Window(1, new AbortController().signal);
 * await window.acquire();
 * let second = false;
 * const waiting = window.acquire().then(() => second = true);
 * assert.equal(second, false);
 * window.release(1);
 * await waiting;
 * ```
 */
export class Window {
  #free: number;
  readonly #signal: AbortSignal;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** @param size how many may be under way */
  constructor(size: number, signal: AbortSignal) {
    this.#free = size;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#waiting?.reject(signal.reason), { once: true });
  }

  /**
   * Takes a place, and waits for one if there is none. One producer at a time.
   *
   * @throws the signal's reason when it aborts
   */
  async acquire(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#free-- > 0) return;
    this.#waiting = Promise.withResolvers();
    await this.#waiting.promise;
  }

  /** Whether the next one has to wait. */
  get full(): boolean {
    return this.#free <= 0;
  }

  /** Gives places back. */
  release(places: number): void {
    this.#free += places;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
