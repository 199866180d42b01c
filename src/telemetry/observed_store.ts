import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "../store/kv_store.ts";
import { type Logger, roundMs } from "./logger.ts";
import type { ServerMetrics, StoreOperation } from "./server_metrics.ts";
import type { Tracer } from "./tracer.ts";

/** Where an {@linkcode ObservedStore} reports its measurements. */
export interface StoreObservers {
  readonly metrics: Pick<ServerMetrics, "stored" | "moved">;
  readonly tracer: Tracer;
  readonly log: Logger;
  /** Milliseconds since an arbitrary origin. */
  readonly now: () => number;
}

/** Decorator: delegates to another store and measures its operations. Writes a debug entry for each. */
export class ObservedStore implements KvStore {
  readonly #store: KvStore;
  readonly #observers: StoreObservers;

  constructor(store: KvStore, observers: StoreObservers) {
    this.#store = store;
    this.#observers = observers;
  }

  get economy() {
    return this.#store.economy;
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const entry = await this.#observe("get", options, () => this.#store.get(key, options));
    this.#read([entry]);
    return entry;
  }

  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    const read = () => this.#store.getMany(keys, options);
    const entries = await this.#observe("getMany", options, read);
    this.#read(entries);
    return entries;
  }

  async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    const result = await this.#observe(
      "commit",
      options,
      () => this.#store.commit(commit, options),
    );
    if (result.ok) {
      const bytes = commit.writes.map((write) => "value" in write ? write.value.length : 0);
      this.#observers.metrics.moved("written", bytes.reduce((sum, size) => sum + size, 0));
    }
    return result;
  }

  /** Times each entry separately, to leave out the time that the reader spends between entries. */
  async *list(prefix: Key, options?: ListOptions): AsyncGenerator<Entry> {
    const entries = this.#store.list(prefix, options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#observe("list", options, () => entries.next());
        if (done) return;
        this.#read([value]);
        yield value;
      }
    } finally {
      await entries.return?.();
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #read(entries: readonly (Entry | undefined)[]): void {
    const bytes = entries.reduce((sum, entry) => sum + (entry?.value.length ?? 0), 0);
    this.#observers.metrics.moved("read", bytes);
  }

  async #observe<T>(
    operation: StoreOperation,
    options: StoreOptions | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    const { metrics, tracer, log, now } = this.#observers;
    const start = now();
    const span = tracer.start(`store.${operation}`);
    const record = (ok: boolean) => {
      const ms = now() - start;
      metrics.stored(operation, ms, ok);
      log.debug("store", { operation, duration_ms: roundMs(ms), ok });
    };
    try {
      const result = await span.run(body);
      record(true);
      span.end();
      return result;
    } catch (error) {
      // An operation that its caller aborted is not a failure of the store.
      record(options?.signal?.aborted === true);
      span.end(error);
      throw error;
    }
  }
}
