import { untilAborted } from "../stream/until_aborted.ts";

/** The most requests that wait for one conversation in this process. */
const MOST_WAITING = 64;

/** Leaves a {@linkcode ConversationQueue} and lets the next one through. Idempotent. */
export type LeaveQueue = () => void;

/**
 * The requests of this process that wait to add to a conversation, first come, first served. The one at the front
 * retries until the conversation is idle; the others wait behind it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const queue = new ConversationQueue();
 * const never = new AbortController().signal;
 * const leave = await queue.enter("conversation", never);
 * const second = queue.enter("conversation", never);
 * leave();
 * (await second)();
 * assert.equal(queue.size, 0);
 * ```
 */
export class ConversationQueue {
  /** For each conversation, the request at the front and those behind. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>[]>();

  /** Requests that wait, at the front or behind, over all conversations. */
  get size(): number {
    return this.#waiting.values().reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether the queue is full. */
  isFull(name: string): boolean {
    return (this.#waiting.get(name)?.length ?? 0) >= MOST_WAITING;
  }

  /** Whether another request is at the front. */
  isWaitedFor(name: string): boolean {
    return this.#waiting.has(name);
  }

  /**
   * Waits until all earlier requests have left.
   *
   * @throws the signal's reason if it aborts first
   */
  async enter(name: string, signal: AbortSignal): Promise<LeaveQueue> {
    signal.throwIfAborted();
    const queue = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, queue);
    const place = Promise.withResolvers<void>();
    if (queue.length === 0) place.resolve();
    queue.push(place);
    const leave = () => {
      const at = queue.indexOf(place);
      if (at < 0) return;
      queue.splice(at, 1);
      queue[0]?.resolve();
      if (queue.length === 0) this.#waiting.delete(name);
    };
    await untilAborted(place.promise, signal, leave);
    return leave;
  }
}
