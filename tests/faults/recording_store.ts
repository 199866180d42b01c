import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "../../src/store/kv_store.ts";

/** A store that notes what it is asked for: which method, and the keys. */
export class RecordingStore implements KvStore {
  readonly calls: string[] = [];
  readonly #store: KvStore;

  constructor(store: KvStore) {
    this.#store = store;
  }

  get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    this.#note("get", [key]);
    return this.#store.get(key, options);
  }

  getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    this.#note("getMany", keys);
    return this.#store.getMany(keys, options);
  }

  commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#note("commit", [...commit.checks ?? [], ...commit.writes].map(({ key }) => key));
    return this.#store.commit(commit, options);
  }

  list(prefix: Key, options?: ListOptions): AsyncIterable<Entry> {
    this.#note("list", [prefix]);
    return this.#store.list(prefix, options);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #note(method: string, keys: readonly Key[]): void {
    this.calls.push(`${method} ${keys.map((key) => JSON.stringify(key)).join(" ")}`);
  }
}
