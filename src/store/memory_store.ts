import { checkCommit } from "./check_commit.ts";
import { counterBytes, counterValue } from "./counter.ts";
import { slicing } from "../stream/slices.ts";
import { StoreClosedError } from "./errors.ts";
import { encodePrefix, encodeValueKey } from "./key.ts";
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "./kv_store.ts";

/** How long values that expired may stay in memory when nobody asks for them. */
const SWEEP_INTERVAL_MS = 60_000;

interface Stored extends Entry {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** A store in the memory of this process, for tests and for servers that may forget. */
export class MemoryStore implements KvStore {
  readonly #now: () => number;
  /** By {@linkcode encodeKey}. */
  readonly #entries = new Map<string, Stored>();
  #version = 0;
  #lastSweep: number;
  #closed = false;

  /** @param options.now the time, milliseconds since the epoch */
  constructor({ now = Date.now }: { readonly now?: () => number } = {}) {
    this.#now = now;
    this.#lastSweep = now();
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  // deno-lint-ignore require-await -- so that it rejects, and does not throw
  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    this.#begin(options);
    return keys.map((key) => {
      const stored = this.#live(encodeValueKey(key));
      return stored && toEntry(stored);
    });
  }

  // deno-lint-ignore require-await -- so that it rejects, and does not throw
  async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#begin(options);
    checkCommit(commit);
    this.#sweep();
    const { checks = [], writes } = commit;
    for (const { key, version } of checks) {
      if (this.#live(encodeValueKey(key))?.version !== version) return { ok: false };
    }
    const version = String(++this.#version);
    for (const write of writes) {
      const { key } = write;
      if ("delete" in write) {
        this.#entries.delete(encodeValueKey(key));
        continue;
      }
      const encoded = encodeValueKey(key);
      if ("add" in write) {
        const value = counterBytes(counterValue(this.#live(encoded)) + write.add);
        this.#entries.set(encoded, { key: [...key], value, version, expiresAt: Infinity });
        continue;
      }
      this.#entries.set(encoded, {
        key: [...key],
        value: new Uint8Array(write.value),
        version,
        expiresAt: write.expireIn === undefined ? Infinity : this.#now() + write.expireIn,
      });
    }
    return { ok: true };
  }

  async *list(prefix: Key, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { limit = Infinity, after } = options;
    this.#begin(options);
    const start = encodePrefix(prefix, after);
    const last = after === undefined ? "" : encodeValueKey(after);
    const keys = this.#entries.keys().filter((key) => key.startsWith(start) && key > last);
    let count = 0;
    const pause = slicing();
    for (const key of [...keys].sort()) {
      if (count >= limit) return;
      await pause();
      this.#begin(options);
      const stored = this.#live(key);
      if (stored === undefined) continue;
      count++;
      yield toEntry(stored);
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
    return Promise.resolve();
  }

  #begin(options: StoreOptions | undefined): void {
    options?.signal?.throwIfAborted();
    if (this.#closed) throw new StoreClosedError();
  }

  #live(encoded: string): Stored | undefined {
    const stored = this.#entries.get(encoded);
    if (stored === undefined || stored.expiresAt > this.#now()) return stored;
    this.#entries.delete(encoded);
    return undefined;
  }

  #sweep(): void {
    const now = this.#now();
    if (now - this.#lastSweep < SWEEP_INTERVAL_MS) return;
    this.#lastSweep = now;
    for (const [encoded, { expiresAt }] of this.#entries) {
      if (expiresAt <= now) this.#entries.delete(encoded);
    }
  }
}

/** A copy, so that nobody can write into the store. */
function toEntry({ key, value, version }: Stored): Entry {
  return { key: [...key], value: new Uint8Array(value), version };
}
