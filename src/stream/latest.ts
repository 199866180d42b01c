/**
 * Holds the latest value of something that changes. A slow reader skips values and never blocks the writer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const latest = new Latest<number>();
 * latest.put(1);
 * latest.put(2);
 * await latest.changed;
 * assert.deepEqual([latest.take(), latest.take()], [2, undefined]);
 * ```
 */
export class Latest<T> {
  #value: T | undefined;
  #change = Promise.withResolvers<void>();

  /** Resolves once a value is available. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  put(value: T): void {
    this.#value = value;
    this.#change.resolve();
  }

  /** Removes and returns the value; undefined if there is none since the last call. */
  take(): T | undefined {
    const value = this.#value;
    if (value === undefined) return undefined;
    this.#value = undefined;
    this.#change = Promise.withResolvers();
    return value;
  }
}
