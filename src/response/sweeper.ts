import type { OnSweepError } from "../records/sweep.ts";
import type { RunStore } from "./run_store.ts";

/** Removes garbage from the store. */
export interface StoreCleanup {
  /** Frees what nothing refers to. */
  sweep(onError: OnSweepError): Promise<void>;
  /** Deletes what has expired. */
  expire(onError: OnSweepError): Promise<void>;
}

/** Options of a {@linkcode Sweeper}. */
export interface SweeperParts {
  readonly runs: RunStore;
  readonly cleanup: StoreCleanup;
  readonly now: () => number;
  /** Takes over an abandoned response. */
  readonly takeOver: (tenant: string, id: string) => Promise<unknown>;
  /** Ends a response that has been paused for too long. */
  readonly cancel: (tenant: string, id: string) => Promise<unknown>;
  /** Reports failures. */
  readonly report: (message: string, error: unknown) => void;
}

/** How often expired records are looked for. */
const EXPIRE_EVERY_MS = 10 * 60_000;

/** Periodically resumes abandoned responses, ends those paused for too long, and removes garbage. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #stopped = false;
  /** When expired records were last looked for. */
  #expired = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Resumes all abandoned responses, and removes garbage. */
  async sweep(): Promise<void> {
    const { runs, cleanup, now, takeOver, cancel, report } = this.#parts;
    const left = (error: unknown) => report("the sweep skipped a record", error);
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

  /** Sweeps now, and periodically until it is stopped: as often as a lease may expire. */
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

  /** Starts no further sweeps. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
