import type { Check, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { LeaseLostError } from "./errors.ts";

/** The initial state of a {@linkcode Lease}. */
export interface LeaseOptions<R> {
  readonly store: KvStore;
  /** Key of the lease record. */
  readonly key: Key;
  /** What is leased, for error messages. */
  readonly name: string;
  readonly encode: (record: R) => Uint8Array<ArrayBuffer>;
  /** Decodes the record. @throws if it is damaged */
  readonly decode: (value: Uint8Array) => R;
  /** Whether a record read from the store was written by the holder that wrote `own`. */
  readonly isOwn: (found: R, own: R) => boolean;
  readonly record: R;
  /** The version of the stored record; `undefined` if the first write creates it. */
  readonly version: string | undefined;
}

/**
 * The exclusive right to write something, as a record in the store that names its holder. Every commit of the holder
 * checks the version of the record that it read last. Once another holder has written the record, all commits of this
 * one fail, however long it slept in between.
 *
 * A commit may be applied although it was reported as failed. After such a failure the record is read again before the
 * next commit: the lease is lost only if the record is another holder's or is gone.
 *
 * Methods throw {@linkcode LeaseLostError} when the lease is lost. Calls must not overlap: see {@linkcode exclusive}.
 *
 * @see docs/protocol.md
 */
export class Lease<R> {
  readonly #options: LeaseOptions<R>;
  #record: R;
  #version: string | undefined;
  /** The record of a write whose outcome is unknown. */
  #tried: R | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LeaseOptions<R>) {
    this.#options = options;
    this.#record = options.record;
    this.#version = options.version;
  }

  /** The record as last read or written. */
  get record(): R {
    return this.#record;
  }

  /** Whether the record was ever seen in the store. */
  get exists(): boolean {
    return this.#version !== undefined;
  }

  /** Serializes operations. */
  exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The check that makes a commit fail once the lease is lost. */
  async check(options?: StoreOptions): Promise<Check> {
    if (this.#tried !== undefined) await this.#read(options);
    return { key: this.#options.key, version: this.#version };
  }

  /** Commits writes under the lease, without changing its record. */
  async commit(writes: readonly Write[], options?: StoreOptions): Promise<void> {
    const { store } = this.#options;
    const { ok } = await store.commit({ checks: [await this.check(options)], writes }, options);
    if (ok) return;
    // An earlier write of ours, with unknown outcome, may have been applied late. A refused commit wrote nothing.
    const check = { key: this.#options.key, version: (await this.#read(options)).version };
    if (!(await store.commit({ checks: [check], writes }, options)).ok) throw this.lost();
  }

  /**
   * Changes the record.
   *
   * @param more writes of the same commit
   */
  async write(
    change: (record: R) => R,
    more: readonly Write[] = [],
    options?: StoreOptions,
  ): Promise<void> {
    const { store, key, encode } = this.#options;
    const check = await this.check(options);
    const record = change(this.#record);
    const value = encode(record);
    this.#tried = record;
    const { ok } = await store.commit(
      { checks: [check], writes: [...more, { key, value }] },
      options,
    );
    const found = await this.#read(options);
    // A refused commit may have been applied by an earlier attempt whose reply was lost.
    if (!ok && !areEqual(found.value, value)) throw this.lost();
  }

  /** The error to throw when the lease is lost. */
  lost(): LeaseLostError {
    return new LeaseLostError(this.#options.name);
  }

  /** Reads the record, which must be this holder's: as last written, or as the write with unknown outcome left it. */
  async #read(
    options: StoreOptions | undefined,
  ): Promise<{ readonly version: string | undefined; readonly value: Uint8Array | undefined }> {
    const { store, key, decode, isOwn } = this.#options;
    const entry = await store.get(key, options);
    if (entry === undefined) {
      // The write that should have created it was not applied.
      if (this.#version !== undefined) throw this.lost();
      this.#tried = undefined;
      return { version: undefined, value: undefined };
    }
    const found = decode(entry.value);
    const isTried = this.#tried !== undefined && isOwn(found, this.#tried);
    if (!isTried && !isOwn(found, this.#record)) throw this.lost();
    this.#record = found;
    this.#version = entry.version;
    this.#tried = undefined;
    return entry;
  }
}

function areEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
