/** How a stream ended: with its end event, because its reader left, or with an error. */
export type StreamEnd =
  | { readonly type: "ended" }
  | { readonly type: "left" }
  | { readonly type: "failed"; readonly error: unknown };

/** Callbacks around the reading of a stream. */
export interface StreamHooks<E> {
  /** Wraps each step of the stream, for example in a tracing span. */
  within?<T>(step: () => T): T;
  /** Called with each event before the reader receives it. */
  onEvent?(event: E): void;
  /**
   * Called once after the stream is over and its `finally` blocks have run, even if it was never read. The call that
   * ends the stream awaits the returned promise and ignores its rejection.
   */
  onOver?(end: StreamEnd): void | Promise<void>;
}

/** A stream stopped without an end event. */
export class UnfinishedStreamError extends Error {
  override readonly name = "UnfinishedStreamError";

  constructor() {
    super("The stream stopped without an end event");
  }
}

/** The types of end events. Every stream has exactly one, as its last event. */
const ENDS: ReadonlySet<string> = new Set(["end", "failed", "cancelled"]);

const DONE = { done: true, value: undefined } as const;

/**
 * The events of an answer, for a single reader. All streams of answers obey these rules:
 *
 * - Pull-driven: each call of `next()` runs one step, so a reader that stops reading stops the work.
 * - A reader leaves by `return()` or by aborting its signal. Both abort the running step and wait until the `finally`
 *   blocks have run. They run exactly once, however the stream ends.
 * - The end event is delivered after everything is released. An error during the release is ignored, since the answer
 *   is complete.
 * - An error rejects one call of `next()`; then the stream is over. If the reader calls `return()` while `next()` is
 *   pending, `next()` resolves as done.
 * - A stream without an end event fails with {@linkcode UnfinishedStreamError}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const ends: string[] = [];
 * const stream = new AnswerStream(async function* () {
 *   yield { type: "text" };
 *   yield { type: "end" };
 * }, new AbortController().signal);
 * stream.watch({ onOver: ({ type }) => void ends.push(type) });
 * assert.deepEqual(await Array.fromAsync(stream), [{ type: "text" }, { type: "end" }]);
 * assert.deepEqual(ends, ["ended"]);
 * ```
 */
export class AnswerStream<E extends { readonly type: string }>
  implements AsyncIterableIterator<E, undefined> {
  readonly #signal: AbortSignal;
  readonly #left = new AbortController();
  readonly #steps: AsyncGenerator<E, void>;
  readonly #hooks: StreamHooks<E>[] = [];
  #first: Promise<IteratorResult<E, undefined>> | undefined;
  #over: Promise<void> | undefined;

  /**
   * @param steps generates the events. Its argument is a signal that aborts when the reader leaves.
   * @param signal aborts when the reader leaves by other means, for example when a client closes its connection
   */
  constructor(steps: (signal: AbortSignal) => AsyncGenerator<E, void>, signal: AbortSignal) {
    this.#signal = AbortSignal.any([signal, this.#left.signal]);
    this.#steps = steps(this.#signal);
  }

  /** Adds hooks. They are called in the order in which they were added. */
  watch(hooks: StreamHooks<E>): this {
    this.#hooks.push(hooks);
    return this;
  }

  /** Runs the first step now instead of at the first `next()`, which then returns its result. */
  start(): this {
    this.#first ??= this.#next();
    // `next()` reports the error. If it is never called, the rejection must still count as handled.
    this.#first.catch(() => {});
    return this;
  }

  /** @throws the error of the step; the signal's reason if it aborted */
  next(): Promise<IteratorResult<E, undefined>> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#next();
  }

  /** Leaves the stream, aborting the running step, and waits until everything is released. */
  async return(): Promise<IteratorResult<E, undefined>> {
    this.#first = undefined;
    await this.#finish({ type: "left" });
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<E, undefined>> {
    if (this.#over !== undefined) {
      await this.#over;
      return DONE;
    }
    try {
      const step = await this.#within(() => this.#steps.next());
      if (this.#over !== undefined) {
        await this.#over;
        return DONE;
      }
      if (step.done) throw new UnfinishedStreamError();
      for (const { onEvent } of this.#hooks) onEvent?.(step.value);
      if (ENDS.has(step.value.type)) await this.#finish({ type: "ended" });
      return step;
    } catch (error) {
      if (this.#over !== undefined) {
        await this.#over;
        return DONE;
      }
      await this.#finish(this.#signal.aborted ? { type: "left" } : { type: "failed", error });
      throw error;
    }
  }

  #finish(end: StreamEnd): Promise<void> {
    return this.#over ??= this.#release(end);
  }

  async #release(end: StreamEnd): Promise<void> {
    if (end.type === "left") this.#left.abort(this.#signal.reason);
    await this.#within(() => this.#steps.return()).catch(() => {});
    for (const { onOver } of this.#hooks) {
      try {
        await onOver?.(end);
      } catch {
        // Hooks report their own errors.
      }
    }
  }

  #within<T>(step: () => T): T {
    return this.#hooks.reduceRight<() => T>(
      (inner, { within }) => within === undefined ? inner : () => within(inner),
      step,
    )();
  }
}

/** A stream of events that are already available. */
export function streamOf<E extends { readonly type: string }>(
  events: readonly E[],
): AnswerStream<E> {
  return new AnswerStream(async function* () {
    yield* events;
  }, new AbortController().signal);
}
