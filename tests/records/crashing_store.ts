import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  StoreOptions,
} from "../../src/store/kv_store.ts";
import { StoreOver } from "../store/store_over.ts";

/** The process that used the store is gone. */
export class CrashError extends Error {
  override readonly name = "CrashError";
}

/** Whether the call that fails has reached the database: then it is made, and nobody hears of it. */
export type CrashPoint = "before" | "after";

/** A store that fails at its n-th call, counted from 1, and at all that follow. */
export class CrashingStore extends StoreOver {
  readonly #failing: number;
  readonly #point: CrashPoint;
  #calls = 0;

  constructor(store: KvStore, failing: number, point: CrashPoint) {
    super(store);
    this.#failing = failing;
    this.#point = point;
  }

  override get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    return this.#call(() => this.store.get(key, options));
  }

  override getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    return this.#call(() => this.store.getMany(keys, options));
  }

  override commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    return this.#call(() => this.store.commit(commit, options));
  }

  async #call<T>(operation: () => Promise<T>): Promise<T> {
    const call = ++this.#calls;
    if (call > this.#failing || (call === this.#failing && this.#point === "before")) {
      throw new CrashError();
    }
    const result = await operation();
    if (call === this.#failing) throw new CrashError();
    return result;
  }
}
