import { ConversationBusyError } from "../records/errors.ts";
import { ConversationQueue } from "./conversation_queue.ts";
import { sleep } from "../stream/sleep.ts";

/** Pauses between looks at a conversation that is busy: the first, and the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/** A conversation to be added to. */
export interface BusyConversation {
  readonly id: string;
  /** Its name among those of all tenants. */
  readonly name: string;
  /** How long to wait while it is busy, in milliseconds. */
  readonly patience: number;
  /** Called if it is busy, or others wait for it here. */
  readonly onWait?: (() => void) | undefined;
}

/** Has those who want to add to a busy conversation wait here, in the order in which they came. */
export class IdleWaiter {
  readonly #queue = new ConversationQueue();

  /**
   * Tries something as soon as nothing else is being added to a conversation, here or elsewhere.
   *
   * @throws {ConversationBusyError} if it is busy for longer than patience lasts, or too many wait
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
 * @param waiting ends the waiting
 * @param onBusy called each time it is busy
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
