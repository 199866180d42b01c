import type { RunStore } from "./run_store.ts";
import type { OnSweepError } from "../records/sweep_one.ts";

/** Deletes from the store what is not needed. */
export interface StoreCleanup {
  /** Frees what nothing refers to. */
  sweep(onError: OnSweepError): Promise<void>;
  /** Deletes what has become too old. */
  expire(onError: OnSweepError): Promise<void>;
}

/** What a {@linkcode Sweeper} is made of. */
export interface SweeperParts {
  readonly runs: RunStore;
  readonly cleanup: StoreCleanup;
  readonly now: () => number;
  /** Goes on here with a response that nobody makes. */
  readonly takeOver: (tenant: string, id: string) => Promise<unknown>;
  /** Ends a response that nobody has asked for in a long time. */
  readonly cancel: (tenant: string, id: string) => Promise<unknown>;
  /** Told of what went wrong. */
  readonly report: (message: string, error: unknown) => void;
}

/** How often what has become too old is looked for. */
const EXPIRE_EVERY_MS = 10 * 60_000;

/** Sees to the responses that nobody makes and nobody asks for, and frees what nobody needs. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #stopped = false;
  /** When that was done last. */
  #expired = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Goes on with everything that nobody makes any more, and frees what nobody needs. */
  async sweep(): Promise<void> {
    const { runs, cleanup, now, takeOver, cancel, report } = this.#parts;
    const left = (error: unknown) => report("the sweep had to leave something", error);
    await runs.sweep(async (tenant, id, paused) => {
      if (this.#stopped) return;
      if (paused) await cancel(tenant, id);
      else await takeOver(tenant, id);
    }, left);
    await cleanup.sweep(left);
    const time = now();
    if (time - this.#expired < EXPIRE_EVERY_MS) return;
    this.#expired = time;
    await cleanup.expire(left);
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
