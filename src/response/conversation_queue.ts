import { untilAborted } from "../stream/until_aborted.ts";

/** Requests that may wait for one conversation here. */
const MOST_WAITING = 64;

/** Leaves a {@linkcode ConversationQueue}, so that the next comes to the front. Doing so twice does nothing. */
export type LeaveQueue = () => void;

/**
 * Those who wait here for their turn to add to a conversation, in the order in which they came. Who is at the front tries,
 * until nobody else adds; the others wait behind.
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
  /** By the name of the conversation: the one at the front, and those behind. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>[]>();

  /** Those who wait, at the front or behind, for any conversation. */
  get size(): number {
    return this.#waiting.values().reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether nobody else can be taken in. */
  isFull(name: string): boolean {
    return (this.#waiting.get(name)?.length ?? 0) >= MOST_WAITING;
  }

  /** Whether somebody is at the front already. */
  isWaitedFor(name: string): boolean {
    return this.#waiting.has(name);
  }

  /**
   * Waits until everybody who came before has left.
   *
   * @throws the signal's reason when it aborts before
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
