/** How a stream ended: with its last event, because its reader left, or with an error. */
export type StreamEnd =
  | { readonly type: "ended" }
  | { readonly type: "left" }
  | { readonly type: "failed"; readonly error: unknown };

/** What is to be done while a stream is read. */
export interface StreamHooks<E> {
  /** Runs each step of the stream inside of something: a span, say. */
  within?<T>(step: () => T): T;
  /** Called with each event before the reader gets it. */
  onEvent?(event: E): void;
  /**
   * Called once when the stream is over and its `finally` blocks have run, also if it was never read. Whoever ends the
   * stream waits for what it returns; what it throws is dropped.
   */
  onOver?(end: StreamEnd): void | Promise<void>;
}

/** A stream stopped without an event that ends it. */
export class UnfinishedStreamError extends Error {
  override readonly name = "UnfinishedStreamError";

  constructor() {
    super("The stream stopped without an end event");
  }
}

/** The events that end a stream. Every stream of answers has exactly one, as its last. */
const ENDS: ReadonlySet<string> = new Set(["end", "failed", "cancelled"]);

const DONE = { done: true, value: undefined } as const;

/**
 * Events of an answer for one reader, and the rules by which every such stream is read:
 *
 * - Pull-driven: a step is made when it is asked for, so a reader that stops taking events stops the work.
 * - A reader leaves with `return()`, or by its signal. Either aborts the step under way, and waits until the `finally`
 *   blocks have run. They run once, whichever way the stream ends.
 * - The last event is given out when everything is released. An error while that is done changes nothing: the answer is
 *   complete.
 * - An error is thrown once, to whoever asked for the step; then the stream is over. A reader that leaves with `return()`
 *   while it waits for a step gets none.
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
   * @param steps makes the events. Given a signal that aborts when the reader leaves.
   * @param signal aborts when the reader leaves elsewhere: a client that closes its connection, say
   */
  constructor(steps: (signal: AbortSignal) => AsyncGenerator<E, void>, signal: AbortSignal) {
    this.#signal = AbortSignal.any([signal, this.#left.signal]);
    this.#steps = steps(this.#signal);
  }

  /** Adds hooks. Those added first are called first. */
  watch(hooks: StreamHooks<E>): this {
    this.#hooks.push(hooks);
    return this;
  }

  /** Makes the first event now. The reader gets it when it asks, and no other is made before. */
  start(): this {
    this.#first ??= this.#next();
    // Whoever takes it is told, and there may be nobody.
    this.#first.catch(() => {});
    return this;
  }

  /** @throws what made the stream fail; the signal's reason if that aborts */
  next(): Promise<IteratorResult<E, undefined>> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#next();
  }

  /** Leaves the stream, in the middle if need be, and waits until everything is released. */
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
        // Hooks report what goes wrong themselves.
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

/** A stream of events that are there already. */
export function streamOf<E extends { readonly type: string }>(
  events: readonly E[],
): AnswerStream<E> {
  return new AnswerStream(async function* () {
    yield* events;
  }, new AbortController().signal);
}
