import { StoreUnavailableError } from "../../src/store/errors.ts";
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "../../src/store/kv_store.ts";
import { StoreOver } from "../store/store_over.ts";

/** What may go wrong with one call of a store. */
export const FAULTS = [
  /** It fails, and nothing was done. */
  "fails",
  /** It does not answer until it is given up or its signal aborts, and nothing was done. */
  "hangs",
  /** It is done, and reported as failed. */
  "lies",
  /** It does not answer until it is given up, and is done some calls later. */
  "lags",
  /** It is done, and fails in a way that no store should. */
  "breaks",
] as const;

/** What goes wrong with one call of a store. */
export type Fault = (typeof FAULTS)[number];

/** Milliseconds after which a store gives up, as all adapters do, though later. */
const PATIENCE_MS = 3;

/** So many calls later is done what lags. */
const LAG = 3;

/** What no store should throw. */
export class BrokenStoreError extends Error {
  override readonly name = "BrokenStoreError";
}

/**
 * A store with which one call goes wrong: the n-th, counted from 1. A list is one call, which goes wrong before its first
 * entry or after its last.
 */
export class FaultStore extends StoreOver {
  readonly #fault: Fault;
  readonly #at: number;
  #calls = 0;
  #late: (() => Promise<unknown>) | undefined;

  constructor(store: KvStore, fault: Fault, at: number) {
    super(store);
    this.#fault = fault;
    this.#at = at;
  }

  /** How many calls were made. */
  get calls(): number {
    return this.#calls;
  }

  override get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    return this.#call(() => this.store.get(key, options), options);
  }

  override getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    return this.#call(() => this.store.getMany(keys, options), options);
  }

  override commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    // What lags is done without the signal, which nobody can recall it with.
    return this.#call(() => this.store.commit(commit, options), options, () => {
      return this.store.commit(commit);
    });
  }

  override async *list(prefix: Key, options?: ListOptions): AsyncGenerator<Entry> {
    const struck = await this.#begin();
    if (struck && this.#fault !== "lies" && this.#fault !== "breaks") await this.#fail(options);
    yield* this.store.list(prefix, options);
    if (struck) await this.#fail(options);
  }

  /** Does at last what lags. */
  async catchUp(): Promise<void> {
    const late = this.#late;
    this.#late = undefined;
    await late?.();
  }

  async #call<T>(
    operation: () => Promise<T>,
    options: StoreOptions | undefined,
    late?: () => Promise<T>,
  ): Promise<T> {
    if (!await this.#begin()) return await operation();
    if (this.#fault === "lies" || this.#fault === "breaks") await operation();
    if (this.#fault === "lags") this.#late = late;
    return await this.#fail(options);
  }

  /** Counts a call, and does what is late. Returns whether it is the one that goes wrong. */
  async #begin(): Promise<boolean> {
    const call = ++this.#calls;
    if (call >= this.#at + LAG) await this.catchUp();
    return call === this.#at;
  }

  async #fail({ signal }: StoreOptions = {}): Promise<never> {
    signal?.throwIfAborted();
    if (this.#fault === "breaks") throw new BrokenStoreError("disk I/O error");
    if (this.#fault === "fails" || this.#fault === "lies") {
      throw new StoreUnavailableError(0, { cause: this.#fault });
    }
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal?.reason);
    const timer = setTimeout(
      () => reject(new StoreUnavailableError(PATIENCE_MS, { cause: this.#fault })),
      PATIENCE_MS,
    );
    signal?.addEventListener("abort", abort);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}
