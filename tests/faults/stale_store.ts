import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  StoreOptions,
} from "../../src/store/kv_store.ts";
import { StoreOver } from "../store/store_over.ts";

/** A store whose n-th read, counted from 1, gives of each key what it held before its last write. */
export class StaleStore extends StoreOver {
  readonly #at: number;
  readonly #before = new Map<string, Entry | undefined>();
  reads = 0;

  constructor(store: KvStore, at: number) {
    super(store);
    this.#at = at;
  }

  override async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  override async getMany(
    keys: readonly Key[],
    options?: StoreOptions,
  ): Promise<(Entry | undefined)[]> {
    const stale = ++this.reads === this.#at;
    const entries = await this.store.getMany(keys, options);
    if (!stale) return entries;
    return keys.map((key, i) => {
      const name = JSON.stringify(key);
      return this.#before.has(name) ? this.#before.get(name) : entries[i];
    });
  }

  override async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    const keys = commit.writes.map(({ key }) => key);
    const before = await this.store.getMany(keys, options);
    const result = await this.store.commit(commit, options);
    if (result.ok) {
      for (const [i, key] of keys.entries()) this.#before.set(JSON.stringify(key), before[i]);
    }
    return result;
  }
}
