import { ConversationBusyError } from "../records/errors.ts";
import { ConversationQueue } from "./conversation_queue.ts";
import { sleep } from "../stream/sleep.ts";

/** Backoff of polling a busy conversation: the first pause and the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/** A request to add to a conversation. */
export interface BusyConversation {
  readonly id: string;
  /** The conversation, unique across tenants. */
  readonly name: string;
  /** How long to wait while it is busy, in milliseconds. */
  readonly patience: number;
  /** Called if the conversation is busy, or other requests wait for it here. */
  readonly onWait?: (() => void) | undefined;
}

/** Queues requests that want to add to a busy conversation, first come, first served. */
export class IdleWaiter {
  readonly #queue = new ConversationQueue();

  /**
   * Runs an operation once the conversation is idle, here and elsewhere.
   *
   * @throws {ConversationBusyError} if it stays busy for longer than the patience, or the queue is full
   */
  async whenIdle(
    { id, name, patience, onWait }: BusyConversation,
    attempt: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#queue.isFull(name)) throw new ConversationBusyError(id);
    const impatient = new AbortController();
    const timer = setTimeout(() => impatient.abort(new ConversationBusyError(id)), patience);
    const waiting = AbortSignal.any([signal, impatient.signal]);
    try {
      if (this.#queue.isWaitedFor(name)) onWait?.();
      const leave = await this.#queue.enter(name, waiting);
      try {
        await tryAgainWhileBusy(attempt, waiting, onWait);
      } finally {
        leave();
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * @param waiting aborts the waiting
 * @param onBusy called each time the conversation is busy
 */
async function tryAgainWhileBusy(
  attempt: () => Promise<void>,
  waiting: AbortSignal,
  onBusy?: () => void,
): Promise<void> {
  for (let pause = FIRST_POLL_MS;; pause = Math.min(2 * pause, LONGEST_POLL_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConversationBusyError)) throw error;
    }
    onBusy?.();
    await sleep(pause, waiting);
  }
}
