import type { ConversationStore } from "../conversation/conversation_store.ts";
import type { RunStore } from "../conversation/run_store.ts";

/** What a {@linkcode Sweeper} is made of. */
export interface SweeperParts {
  readonly runs: RunStore;
  readonly conversations: ConversationStore;
  /** Goes on here with a response that nobody makes. */
  readonly takeOver: (tenant: string, id: string) => Promise<unknown>;
  /** Told of what went wrong. */
  readonly report: (message: string, error: unknown) => void;
}

/** Sees to the responses that nobody makes and nobody asks for, and frees what nobody needs. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Goes on with everything that nobody makes any more, and frees what nobody needs. */
  async sweep(): Promise<void> {
    const { runs, conversations, takeOver, report } = this.#parts;
    const left = (error: unknown) => report("the sweep had to leave something", error);
    await runs.sweep(async (tenant, id, paused) => {
      if (this.#stopped) return;
      if (paused) await runs.cancel(tenant, id);
      else await takeOver(tenant, id);
    }, left);
    await conversations.sweep(left);
  }

  /** Sweeps now, and again and again until it is stopped: whenever a lease may have expired. */
  start(): void {
    const sweep = async () => {
      try {
        await this.sweep();
      } catch (error) {
        if (!this.#stopped) this.#parts.report("sweeping failed", error);
      }
      if (!this.#stopped) this.#timer = setTimeout(sweep, this.#parts.runs.leaseMs);
    };
    this.#timer = setTimeout(sweep, 0);
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
