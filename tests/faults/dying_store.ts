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

/**
 * The store of a process that dies after its n-th commit, counted from 1: that is applied, and then every call fails.
 */
export class DyingStore extends StoreOver {
  readonly #last: number;
  readonly #isTold: boolean;
  #commits = 0;

  /** @param isTold whether the process still learns that its last commit was applied */
  constructor(store: KvStore, last: number, isTold: boolean) {
    super(store);
    this.#last = last;
    this.#isTold = isTold;
  }

  /** Whether it has died. */
  get isDead(): boolean {
    return this.#commits >= this.#last;
  }

  override async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    this.#live();
    return await this.store.get(key, options);
  }

  override async getMany(
    keys: readonly Key[],
    options?: StoreOptions,
  ): Promise<(Entry | undefined)[]> {
    this.#live();
    return await this.store.getMany(keys, options);
  }

  override async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#live();
    const result = await this.store.commit(commit, options);
    this.#commits++;
    if (this.isDead && !this.#isTold) this.#live();
    return result;
  }

  override async *list(prefix: Key, options?: ListOptions): AsyncGenerator<Entry> {
    this.#live();
    yield* this.store.list(prefix, options);
  }

  #live(): void {
    if (this.isDead) throw new StoreUnavailableError(0, { cause: "dead" });
  }
}
