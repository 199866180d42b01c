import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  ListOptions,
  StoreOptions,
} from "../../src/store/kv_store.ts";
import { StoreOver } from "../store/store_over.ts";

/** A store that notes what it is asked for: which method, and the keys. */
export class RecordingStore extends StoreOver {
  readonly calls: string[] = [];

  override get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    this.#note("get", [key]);
    return this.store.get(key, options);
  }

  override getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    this.#note("getMany", keys);
    return this.store.getMany(keys, options);
  }

  override commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#note("commit", [...commit.checks ?? [], ...commit.writes].map(({ key }) => key));
    return this.store.commit(commit, options);
  }

  override list(prefix: Key, options?: ListOptions): AsyncIterable<Entry> {
    this.#note("list", [prefix]);
    return this.store.list(prefix, options);
  }

  #note(method: string, keys: readonly Key[]): void {
    this.calls.push(`${method} ${keys.map((key) => JSON.stringify(key)).join(" ")}`);
  }
}
