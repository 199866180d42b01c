import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "../../src/store/kv_store.ts";

/** A store that passes all on to another one: what is to differ overrides it. */
export class StoreOver implements KvStore {
  constructor(protected readonly store: KvStore) {}

  get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    return this.store.get(key, options);
  }

  getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    return this.store.getMany(keys, options);
  }

  commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    return this.store.commit(commit, options);
  }

  list(prefix: Key, options?: ListOptions): AsyncIterable<Entry> {
    return this.store.list(prefix, options);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
