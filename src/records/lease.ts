import type { Check, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { LeaseLostError } from "./errors.ts";

/** What a {@linkcode Lease} begins with. */
export interface LeaseOptions<R> {
  readonly store: KvStore;
  /** Where the record is. */
  readonly key: Key;
  /** What is leased, for error messages. */
  readonly name: string;
  readonly encode: (record: R) => Uint8Array<ArrayBuffer>;
  /** @throws if it cannot be read */
  readonly decode: (value: Uint8Array) => R;
  /** Whether a record that was found belongs to the holder that wrote `own`. */
  readonly isOwn: (found: R, own: R) => boolean;
  readonly record: R;
  /** The version of the record. `undefined`: the first write creates it. */
  readonly version: string | undefined;
}

/**
 * The right of one writer to change something: a record in the store that names its holder. Every commit of the holder
 * checks the version of the record that the holder read last. Once another has written the record, nothing that this one
 * commits has any effect, however long it was asleep.
 *
 * A commit may be applied and reported as failed. After such a write the record is read again before the next one: the
 * lease is lost only if somebody else's record is found, or none.
 *
 * Methods throw {@linkcode LeaseLostError} when the lease is lost. They are not to overlap: see {@linkcode exclusive}.
 *
 * @see docs/protocol.md
 */
export class Lease<R> {
  readonly #options: LeaseOptions<R>;
  #record: R;
  #version: string | undefined;
  /** The record of a write of which it is not known whether it was applied. */
  #tried: R | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LeaseOptions<R>) {
    this.#options = options;
    this.#record = options.record;
    this.#version = options.version;
  }

  /** The record, as it was read or written last. */
  get record(): R {
    return this.#record;
  }

  /** Whether the record was ever seen in the store. */
  get exists(): boolean {
    return this.#version !== undefined;
  }

  /** Does one operation after the other. */
  exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  /** What a commit has to check so that it is applied only while the lease is held. */
  async check(options?: StoreOptions): Promise<Check> {
    if (this.#tried !== undefined) await this.#read(options);
    return { key: this.#options.key, version: this.#version };
  }

  /** Commits writes beside the record. */
  async commit(writes: readonly Write[], options?: StoreOptions): Promise<void> {
    const { store } = this.#options;
    const { ok } = await store.commit({ checks: [await this.check(options)], writes }, options);
    if (ok) return;
    // An own write that was given up may have been applied late. Nothing of a refused commit was.
    const check = { key: this.#options.key, version: (await this.#read(options)).version };
    if (!(await store.commit({ checks: [check], writes }, options)).ok) throw this.lost();
  }

  /**
   * Changes the record.
   *
   * @param more what is written in the same commit
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
    // One that was refused may have been applied before, by an attempt whose reply was lost.
    if (!ok && !areEqual(found.value, value)) throw this.lost();
  }

  /** What to throw when the lease is lost. */
  lost(): LeaseLostError {
    return new LeaseLostError(this.#options.name);
  }

  /** Reads the record, which must be this holder's: as it was, or as it was tried to be. */
  async #read(
    options: StoreOptions | undefined,
  ): Promise<{ readonly version: string | undefined; readonly value: Uint8Array | undefined }> {
    const { store, key, decode, isOwn } = this.#options;
    const entry = await store.get(key, options);
    if (entry === undefined) {
      // The write that was to create it was not applied.
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
