/**
 * A stream of what is the case now. Who reads slowly misses what was the case meanwhile, and keeps nobody waiting; the
 * end comes in any case.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const stream = new LatestStream<number>();
 * stream.put(1);
 * stream.put(2);
 * stream.end([3]);
 * assert.deepEqual(await Array.fromAsync(stream.readable), [2, 3]);
 * ```
 */
export class LatestStream<T> {
  readonly readable: ReadableStream<T>;
  #latest: T | undefined;
  #end: readonly T[] | undefined;
  #changed = Promise.withResolvers<void>();

  constructor() {
    this.readable = new ReadableStream<T>({
      pull: async (controller) => {
        while (this.#latest === undefined && this.#end === undefined) await this.#changed.promise;
        if (this.#latest !== undefined) {
          controller.enqueue(this.#latest);
          this.#latest = undefined;
          return;
        }
        for (const last of this.#end!) controller.enqueue(last);
        controller.close();
      },
    }, { highWaterMark: 0 });
  }

  /** Says what is the case now. */
  put(value: T): void {
    this.#latest = value;
    this.#wake();
  }

  /** Says what comes last. */
  end(last: readonly T[]): void {
    this.#end = last;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
