import type { StoreEconomy } from "./economy.ts";

/**
 * The name of a value: at least one part, any text in each. `["a", "b"]`, `["a/b"]` and `["ab"]` are three keys.
 *
 * Keys are ordered part by part, each part by its UTF-8 bytes, and a key comes before those that continue it. A lone
 * surrogate is refused, because UTF-8 cannot tell one from another.
 */
export type Key = readonly string[];

/** A value as it was read. */
export interface Entry {
  readonly key: Key;
  /** The reader's own copy. */
  readonly value: Uint8Array<ArrayBuffer>;
  /** Opaque, and another one after each write of this key. */
  readonly version: string;
}

/** A condition of a commit: the key still has this version, or is absent (`undefined`). */
export interface Check {
  readonly key: Key;
  readonly version: string | undefined;
}

/**
 * A change of one key. With `expireIn`, a whole number of milliseconds, the key is absent again after that time.
 *
 * `add` is for counters, which `counterValue` reads: a whole number is added to what is there, nothing being 0. Nothing
 * needs to be read or checked for it, so that those who count the same thing never stand in each other's way. A key is
 * only ever added to, or deleted.
 */
export type Write =
  | { readonly key: Key; readonly value: Uint8Array; readonly expireIn?: number }
  | { readonly key: Key; readonly add: number }
  | { readonly key: Key; readonly delete: true };

/** Changes that are made together or not at all, in this order. */
export interface Commit {
  readonly checks?: readonly Check[];
  readonly writes: readonly Write[];
}

/** Whether a commit was made. If not, a check failed, and nothing was written. */
export type CommitResult = { readonly ok: true } | { readonly ok: false };

/** Options of everything that may wait. */
export interface StoreOptions {
  /** Ends the waiting. A commit that was already handed to the database is still made. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode KvStore.list}. */
export interface ListOptions extends StoreOptions {
  /** Entries at the most. */
  readonly limit?: number;
  /** Begin after this key, which has to have the prefix. It need not exist. */
  readonly after?: Key;
}

/**
 * A key-value store with versions: all that Tern asks of a database.
 *
 * Every adapter has the same limits, {@linkcode STORE_LIMITS}, so that what works on one works on all, and passes the
 * same suite of tests. All methods throw {@linkcode StoreClosedError} after `close`, {@linkcode StoreUnavailableError}
 * if the database does not answer, {@linkcode StoreRefusedError} if it says that it cannot do it or its file was removed,
 * and the signal's reason if it aborts.
 */
export interface KvStore {
  /** How it is used so that it costs little. @default {@linkcode DEFAULT_ECONOMY} */
  readonly economy?: StoreEconomy | undefined;

  /** The value of a key, or `undefined` if it has none or has expired. */
  get(key: Key, options?: StoreOptions): Promise<Entry | undefined>;

  /** The values of any number of keys, in their order. Each is whole, but they need not be of one moment. */
  getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]>;

  /**
   * Makes all changes if all checks hold, and else none. The values must not change until it resolves.
   *
   * @throws {StoreLimitError} and {@linkcode StoreKeyError}, before anything is written.
   */
  commit(commit: Commit, options?: StoreOptions): Promise<CommitResult>;

  /**
   * The entries whose keys continue the prefix, in the order of their keys. The prefix itself is not among them.
   * What is written while one reads may or may not be seen.
   */
  list(prefix: Key, options?: ListOptions): AsyncIterable<Entry>;

  /** Releases the database. More than once does no harm. */
  close(): Promise<void>;
}

/** Checks and writes that are committed together with others. */
export interface CommitPart {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
}
